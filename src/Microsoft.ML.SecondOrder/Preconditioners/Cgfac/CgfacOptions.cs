using System.Globalization;
using Microsoft.ML.SecondOrder.Curvature;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// Matrix-free K-FAC (CG-FAC: Chen, 2021, arXiv 2101.00218): solves (G ⊗ A + λI) D = V for the gradient V by conjugate gradients,
/// whose products G V A = gᵀ (g V aᵀ) a need the batch's rows only: neither a factor nor an inverse is formed.
/// </summary>
/// <remarks>
/// The curvature is that of one batch, without a running average. Cheaper than forming factors where rows times iterations stay
/// below the layer's width. Of the paper only the abstract was at hand; it reports no experiments.
/// </remarks>
public sealed record CgfacOptions : LayerPreconditionerOptions
{
    /// <summary>λ, added to the curvature. Unit: curvature. Default 0.1; must be above 0.</summary>
    public double Damping { get; init; } = 0.1;

    /// <summary>What is solved with. Default <see cref="CgfacCurvature.Kronecker"/>.</summary>
    public CgfacCurvature Curvature { get; init; } = CgfacCurvature.Kronecker;

    /// <summary>Most iterations of a step. Default 10; at least 1.</summary>
    public int Iterations { get; init; } = 10;

    /// <summary>The iteration ends when the residual is so small a share of the gradient. Default 0.01; at least 0, below 1.</summary>
    public double Tolerance { get; init; } = 0.01;

    /// <summary>Whether the iteration begins with the last step's solution rather than with 0. Default true.</summary>
    public bool WarmStart { get; init; } = true;

    /// <summary>Whether the iteration is preconditioned by the diagonal λ + mean g² mean a². Default true; the paper's is plain.</summary>
    public bool Diagonal { get; init; } = true;

    /// <summary>The batch that makes up the curvature is renewed at every so many steps, the first included. Default 1; at least 1.</summary>
    public int UpdateInterval { get; init; } = 1;

    internal override LayerPreconditioner Create(LayerShape shape) => new CgfacPreconditioner(this, shape);

    internal override IEnumerable<string> Problems()
    {
        foreach (var problem in CommonProblems())
        {
            yield return problem;
        }

        if (!(Damping > 0 && double.IsFinite(Damping)))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(Damping)} must be above 0 and finite, but is {Damping}.");
        }

        if (!Enum.IsDefined(Curvature))
        {
            yield return $"{nameof(Curvature)} must be a value of {nameof(CgfacCurvature)}, but is {Curvature}.";
        }

        if (!(Tolerance >= 0 && Tolerance < 1))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(Tolerance)} must lie in [0, 1), but is {Tolerance}.");
        }

        foreach (var (name, value) in new[] { (nameof(Iterations), Iterations), (nameof(UpdateInterval), UpdateInterval) })
        {
            if (value < 1)
            {
                yield return $"{name} must be at least 1, but is {value}.";
            }
        }
    }
}
