using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Matrices;

/// <summary>
/// Which entries of a square matrix are free: the kind of a <see cref="StructuredMatrix"/>, without size or numbers.
/// A pattern is closed under sums and products and contains the identity (Lin et al., 2023, arXiv 2312.05705, section 3).
/// </summary>
public abstract record MatrixPattern
{
    private protected MatrixPattern()
    {
    }

    /// <summary>Every entry is free: D² numbers.</summary>
    public static MatrixPattern Dense { get; } = new DensePattern();

    /// <summary>Only the diagonal is free: D numbers.</summary>
    public static MatrixPattern Diagonal { get; } = new DiagonalPattern();

    /// <summary>The identity matrix of this pattern.</summary>
    /// <param name="dimension">D, at least 1.</param>
    /// <param name="dtype">A floating-point type.</param>
    /// <param name="device">Where the numbers live.</param>
    public abstract StructuredMatrix Identity(long dimension, ScalarType dtype, Device device);

    /// <summary>
    /// Π(M): the matrix of this pattern that stands for a symmetric M. Entries whose mirror image is free too are copied,
    /// entries whose mirror image is structurally zero are doubled, tied entries are averaged.
    /// </summary>
    /// <param name="symmetric">M: [D, D].</param>
    public abstract StructuredMatrix Project(Tensor symmetric);

    /// <summary>Π(X Xᵀ) without forming X Xᵀ where the pattern allows it.</summary>
    /// <param name="x">X: [D, N].</param>
    public virtual StructuredMatrix ProjectGram(Tensor x)
    {
        using var gram = x.mm(x.t());
        return Project(gram);
    }

    /// <summary>Reads a matrix that already is of this pattern out of its dense form.</summary>
    /// <param name="member">[D, D]; entries outside of the pattern are ignored.</param>
    public abstract StructuredMatrix FromDense(Tensor member);
}
