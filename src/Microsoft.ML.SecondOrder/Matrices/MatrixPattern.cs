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

    /// <summary>The diagonal and the first column: 2D − 1 numbers.</summary>
    public static MatrixPattern DiagonalAndFirstColumn { get; } = LowerBlocks(Dense, Diagonal, 1);

    /// <summary>The diagonal and the last row: 2D − 1 numbers.</summary>
    public static MatrixPattern DiagonalAndLastRow { get; } = LowerBlocks(Diagonal, Dense, -1);

    /// <summary>The diagonal and the first row: 2D − 1 numbers.</summary>
    public static MatrixPattern DiagonalAndFirstRow { get; } = UpperBlocks(Dense, Diagonal, 1);

    /// <summary>The diagonal and the last column: 2D − 1 numbers.</summary>
    public static MatrixPattern DiagonalAndLastColumn { get; } = UpperBlocks(Diagonal, Dense, -1);

    /// <summary>Lower triangular with equal entries along each diagonal: D numbers.</summary>
    public static MatrixPattern LowerToeplitz { get; } = new ToeplitzPattern(IsUpper: false);

    /// <summary>Upper triangular with equal entries along each diagonal: D numbers.</summary>
    public static MatrixPattern UpperToeplitz { get; } = new ToeplitzPattern(IsUpper: true);

    /// <summary>Dense blocks along the diagonal; a smaller one comes last where the dimension is no multiple: about D·k numbers.</summary>
    /// <param name="blockSize">k, at least 1.</param>
    public static MatrixPattern BlockDiagonal(int blockSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blockSize, 1);
        return new BlockDiagonalPattern(blockSize);
    }

    /// <summary>
    /// A diagonal that is framed by dense rows: [A B₁ B₂; 0 diag(C) 0; 0 D E] with A of K₁ and E of K₂ rows and columns:
    /// about (K₁ + K₂ + 1)·D numbers.
    /// </summary>
    /// <param name="first">K₁, at least 1.</param>
    /// <param name="last">K₂, at least 0.</param>
    public static MatrixPattern Hierarchical(int first, int last)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(first, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(last);
        return last == 0 ? UpperBlocks(Dense, Diagonal, first) : UpperBlocks(Dense, LowerBlocks(Diagonal, Dense, -last), first);
    }

    /// <summary>[A B; 0 C] with structured A and C and a dense B.</summary>
    /// <param name="first">The pattern of A.</param>
    /// <param name="second">The pattern of C.</param>
    /// <param name="split">Rows of A if positive, minus the rows of C if negative; a smaller matrix gets as many as it has.</param>
    public static MatrixPattern UpperBlocks(MatrixPattern first, MatrixPattern second, int split) => new TriangularBlocksPattern(first, second, Split(split), IsUpper: true);

    /// <summary>[A 0; B C] with structured A and C and a dense B.</summary>
    /// <param name="first">The pattern of A.</param>
    /// <param name="second">The pattern of C.</param>
    /// <param name="split">Rows of A if positive, minus the rows of C if negative; a smaller matrix gets as many as it has.</param>
    public static MatrixPattern LowerBlocks(MatrixPattern first, MatrixPattern second, int split) => new TriangularBlocksPattern(first, second, Split(split), IsUpper: false);

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

    /// <summary>How many numbers a matrix of this pattern stores.</summary>
    /// <param name="dimension">D, at least 1.</param>
    public abstract long StoredNumbers(long dimension);

    /// <summary>
    /// What the product with one vector takes, in multiplications of a dense product of the same duration: small products and
    /// passes over memory do far fewer of them in a second (measured; only ratios matter).
    /// </summary>
    /// <param name="dimension">D, at least 1.</param>
    public abstract long Operations(long dimension);

    /// <summary>Reads a matrix that already is of this pattern out of its dense form.</summary>
    /// <param name="member">[D, D]; entries outside of the pattern are ignored.</param>
    public abstract StructuredMatrix FromDense(Tensor member);

    private static int Split(int rows)
    {
        ArgumentOutOfRangeException.ThrowIfZero(rows);
        return rows;
    }
}
