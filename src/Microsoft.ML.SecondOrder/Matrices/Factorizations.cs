using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Matrices;

/// <summary>
/// Factorisations of symmetric, positive semi-definite matrices plus damping: in the matrix's type (32-bit for lower
/// precision), again in double where that fails, and with an error that names the matrix where that fails too; and those of
/// tall matrices that randomized methods are made of.
/// </summary>
internal static class Factorizations
{
    /// <summary>(M + λI)⁻¹ by Cholesky, of one matrix or of many at once.</summary>
    /// <param name="matrix">M: [D, D] or [n, D, D], symmetric.</param>
    /// <param name="damping">λ.</param>
    /// <param name="name">Names the matrix in errors, such as "factor A of layer 'hidden1'".</param>
    /// <returns>Of the matrix's shape and type.</returns>
    /// <exception cref="NumericalException">M + λI is not positive definite, or not finite.</exception>
    public static Tensor DampedInverse(Tensor matrix, double damping, string name)
    {
        using var scope = NewDisposeScope();
        foreach (var type in Types(matrix.dtype))
        {
            var damped = Symmetric(matrix.to(type));
            using (var diagonal = damped.diagonal(0, -2, -1))
            {
                diagonal.AddInPlace(damping);
            }

            var (factor, info) = linalg.cholesky_ex(damped);
            if (info.max().item<int>() != 0)
            {
                continue;
            }

            // A saved copy is contiguous too, and layout decides on rounding. Finite in the type that it is used in, not only here.
            var inverse = factor.cholesky_inverse().to(matrix.dtype).contiguous();
            if (IsFinite(inverse))
            {
                return inverse.MoveToOuterDisposeScope();
            }
        }

        throw Failure(matrix, damping, name, "is not positive definite", null);
    }

    /// <summary>λ and Q with M = Q diag(λ) Qᵀ; eigenvalues below 0, which only rounding makes, become 0.</summary>
    /// <param name="matrix">M: [D, D], symmetric and positive semi-definite.</param>
    /// <param name="damping">Only for the error's text.</param>
    /// <param name="name">Names the matrix in errors.</param>
    /// <returns>[D], ascending, and [D, D], of the matrix's type.</returns>
    /// <exception cref="NumericalException">M is not finite, or the iteration did not converge.</exception>
    public static (Tensor Values, Tensor Vectors) Eigen(Tensor matrix, double damping, string name)
    {
        using var scope = NewDisposeScope();
        ExternalException? inner = null;
        foreach (var type in IsFinite(matrix) ? Types(matrix.dtype) : [])
        {
            try
            {
                var (values, vectors) = linalg.eigh(Symmetric(matrix.to(type)));
                if (IsFinite(values) && IsFinite(vectors))
                {
                    return (values.AtLeast(0).to(matrix.dtype).MoveToOuterDisposeScope(), vectors.to(matrix.dtype).contiguous().MoveToOuterDisposeScope());
                }
            }
            catch (ExternalException failure)
            {
                inner = failure;
            }
        }

        throw Failure(matrix, damping, name, "has no eigenvalues", inner);
    }

    /// <summary>Q and R with X = Q R, where Q has orthonormal columns.</summary>
    /// <param name="columns">X: [D, N] with N ≤ D, of 32 or 64 bits.</param>
    /// <returns>[D, N] and [N, N].</returns>
    public static (Tensor Basis, Tensor Coefficients) Orthogonal(Tensor columns) => linalg.qr(columns);

    /// <summary>The singular values of X and its right singular vectors V, with X = U diag(s) Vᵀ.</summary>
    /// <param name="matrix">X: [N, D] with N ≤ D.</param>
    /// <param name="name">Names the matrix in errors.</param>
    /// <returns>[N], ascending, and [D, N], of the matrix's type.</returns>
    /// <exception cref="NumericalException">X is not finite, or the iteration did not converge.</exception>
    public static (Tensor Values, Tensor Vectors) Singular(Tensor matrix, string name)
    {
        using var scope = NewDisposeScope();
        ExternalException? inner = null;
        foreach (var type in IsFinite(matrix) ? Types(matrix.dtype) : [])
        {
            try
            {
                var (_, values, vectors) = linalg.svd(matrix.to(type), fullMatrices: false);
                return (values.flip(0).to(matrix.dtype).MoveToOuterDisposeScope(), vectors.flip(0).t().to(matrix.dtype).contiguous().MoveToOuterDisposeScope());
            }
            catch (ExternalException failure)
            {
                inner = failure;
            }
        }

        throw Failure(matrix, 0, name, "has no singular values", inner);
    }

    /// <summary>The eigenvalues of a matrix alone, at a third of the work; those below 0 become 0.</summary>
    /// <param name="matrix">M: [D, D], symmetric and positive semi-definite.</param>
    /// <param name="name">Names the matrix in errors.</param>
    /// <returns>[D], ascending, of the matrix's type.</returns>
    /// <exception cref="NumericalException">M is not finite, or the iteration did not converge.</exception>
    public static Tensor Eigenvalues(Tensor matrix, string name)
    {
        using var scope = NewDisposeScope();
        ExternalException? inner = null;
        foreach (var type in IsFinite(matrix) ? Types(matrix.dtype) : [])
        {
            try
            {
                var values = linalg.eigvalsh(Symmetric(matrix.to(type)));
                if (IsFinite(values))
                {
                    return values.AtLeast(0).to(matrix.dtype).MoveToOuterDisposeScope();
                }
            }
            catch (ExternalException failure)
            {
                inner = failure;
            }
        }

        throw Failure(matrix, 0, name, "has no eigenvalues", inner);
    }

    /// <summary>The singular values of any matrix, in double, largest first.</summary>
    /// <exception cref="NumericalException">The matrix is not finite, or the iteration did not converge.</exception>
    public static double[] SingularValues(Tensor matrix, string name)
    {
        using var scope = NewDisposeScope();
        try
        {
            return IsFinite(matrix)
                ? linalg.svdvals(matrix.detach().to(float64)).cpu().data<double>().ToArray()
                : throw Failure(matrix, 0, name, "has no singular values", null);
        }
        catch (ExternalException failure)
        {
            throw Failure(matrix, 0, name, "has no singular values", failure);
        }
    }

    /// <summary>μ and W with Wᵀ M₁ W = diag μ and Wᵀ M₂ W = I, in double: what diagonalises both.</summary>
    /// <param name="first">M₁: [D, D], symmetric.</param>
    /// <param name="second">M₂: [D, D], symmetric and positive definite.</param>
    /// <param name="damping">Only for the error's text.</param>
    /// <param name="name">Names the pair in errors.</param>
    /// <returns>[D], ascending, and [D, D].</returns>
    /// <exception cref="NumericalException">M₂ is not positive definite, or one of them is not finite.</exception>
    public static (Tensor Values, Tensor Vectors) JointEigen(Tensor first, Tensor second, double damping, string name)
    {
        using var scope = NewDisposeScope();
        var (factor, info) = linalg.cholesky_ex(Symmetric(second.to(float64)));
        if (info.item<int>() != 0 || !IsFinite(factor))
        {
            throw Failure(second, damping, name, "is not positive definite", null);
        }

        var half = linalg.solve_triangular(factor, first.to(float64), upper: false); // L⁻¹ M₁
        var (values, vectors) = Eigen(linalg.solve_triangular(factor, half.t(), upper: false), damping, name);
        var joint = linalg.solve_triangular(factor.t(), vectors, upper: true).contiguous(); // L⁻ᵀ Q
        return (values.MoveToOuterDisposeScope(), joint.MoveToOuterDisposeScope());
    }

    /// <summary>(M + λI)ᵖ by eigenvalues.</summary>
    /// <param name="matrix">M: [D, D], symmetric and positive semi-definite.</param>
    /// <param name="damping">λ.</param>
    /// <param name="exponent">p, such as −1/4 for an inverse fourth root.</param>
    /// <param name="name">Names the matrix in errors.</param>
    /// <returns>[D, D], of the matrix's type.</returns>
    /// <exception cref="NumericalException">M is not finite, or the iteration did not converge.</exception>
    public static Tensor Power(Tensor matrix, double damping, double exponent, string name)
    {
        using var scope = NewDisposeScope();
        var (values, vectors) = Eigen(matrix.dtype == float64 ? matrix : matrix.to(float32), damping, name);
        return vectors.mul(values.Plus(damping).Power(exponent)).mm(vectors.t()).to(matrix.dtype).contiguous().MoveToOuterDisposeScope();
    }

    private static ScalarType[] Types(ScalarType type) => type == float64 ? [float64] : [float32, float64];

    /// <summary>½ (M + Mᵀ), a new tensor.</summary>
    private static Tensor Symmetric(Tensor matrix) => matrix.Plus(matrix.transpose(-2, -1)).Times(0.5);

    private static bool IsFinite(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.isfinite().all().item<bool>();
    }

    private static NumericalException Failure(Tensor matrix, double damping, string name, string what, Exception? inner)
    {
        var text = IsFinite(matrix)
            ? string.Create(CultureInfo.InvariantCulture, $"The {name} {what} with the damping {damping:G3}, even in double precision. Raise the damping of the method.")
            : string.Create(CultureInfo.InvariantCulture, $"The {name} holds numbers that are not finite (damping {damping:G3}). Lower the learning rate, or check inputs and loss.");
        return new NumericalException(text, inner);
    }
}
