using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Matrices;

/// <summary>Every shortcut that saves operations gives what the plain formula gives.</summary>
public sealed class FastProductTests
{
    private const double Rounding = 1e-11;

    public static TheoryData<MatrixPattern> Patterns =>
    [
        MatrixPattern.Dense, MatrixPattern.Diagonal, MatrixPattern.BlockDiagonal(3), MatrixPattern.Hierarchical(2, 2), MatrixPattern.LowerToeplitz,
        MatrixPattern.UpperToeplitz, MatrixPattern.DiagonalAndFirstColumn, MatrixPattern.DiagonalAndLastColumn, MatrixPattern.DiagonalAndFirstRow, MatrixPattern.DiagonalAndLastRow,
    ];

    [Theory]
    [InlineData(450, 450)] // panels
    [InlineData(961, 40)] // more panels than four, few columns
    [InlineData(401, 300)] // panels of unequal sizes
    [InlineData(30, 7)] // plain
    public void Symmetric_products_are_those_of_a_general_product(long d, long n)
    {
        using var scope = NewDisposeScope();
        var a = randn(new[] { d, n }, float64);

        Close(a.mm(a.t()), SymmetricProduct.OfRows(a));
        Close(a.mm(a.t()), SymmetricProduct.OfRows(a.t().contiguous().t())); // transposed in memory
        Close(a.t().mm(a), SymmetricProduct.OfColumns(a));
    }

    [Fact]
    public void Symmetric_products_are_symmetric_to_the_last_bit()
    {
        using var scope = NewDisposeScope();

        var product = SymmetricProduct.OfRows(randn(500, 300));

        // Right of the panels by mirroring, inside of them by libtorch.
        var off = product.narrow(0, 0, 120).narrow(1, 130, 370);
        Assert.Equal(0, off.sub(product.narrow(0, 130, 370).narrow(1, 0, 120).t()).abs().max().ToSingle());
    }

    [Theory, MemberData(nameof(Patterns))]
    public void Gram_matrices_of_many_columns_are_those_of_few(MatrixPattern pattern)
    {
        using var scope = NewDisposeScope();
        var s = Member(pattern, 8);
        var x = randn(new long[] { 8, 50 }, float64); // more than twice the rows: by the moments X Xᵀ
        var inner = s.ToDense().t().mm(x);

        Close(pattern.Project(inner.mm(inner.t())).ToDense(), s.Gram(x).ToDense());
    }

    [Theory, MemberData(nameof(Patterns))]
    public void Self_products_are_those_of_the_dense_matrix(MatrixPattern pattern)
    {
        using var scope = NewDisposeScope();
        var s = Member(pattern, 8);
        var (plain, x) = (s.ToDense().mm(s.ToDense().t()), randn(new long[] { 8, 3 }, float64));
        using var kept = new SelfProduct(s, keepsDense: true);
        using var twice = new SelfProduct(s, keepsDense: false);

        Close(plain, s.OuterGram());
        Close(plain.mm(x), kept.Times(x));
        Close(plain.mm(x), twice.Times(x));
        if (s.OuterGramInPattern() is { } sparse)
        {
            Close(plain, sparse.ToDense());
        }
    }

    [Theory, MemberData(nameof(Patterns))]
    public void Sums_with_a_factor_on_the_device_are_those_with_a_number(MatrixPattern pattern)
    {
        using var scope = NewDisposeScope();
        var (s, other) = (Member(pattern, 8), Member(pattern, 8));
        var expected = s.ToDense().add(other.ToDense(), 0.75);

        s.Add(other, tensor(3.0), 0.25);

        Close(expected, s.ToDense());
    }

    [Fact]
    public void Shortcuts_leave_no_tensor_behind()
    {
        using var s = MatrixPattern.LowerToeplitz.Identity(8, float64, CPU).Keep();
        using var x = ones(new long[] { 450, 450 }, float64);

        Leak.None(() => s.OuterGram().Dispose());
        Leak.None(() => SymmetricProduct.OfRows(x).Dispose());
        Leak.None(() => new SelfProduct(s, keepsDense: true).Dispose());
    }

    /// <summary>A product of two projections: a member of the pattern without symmetry.</summary>
    private static StructuredMatrix Member(MatrixPattern pattern, long d)
    {
        StructuredMatrix Projection()
        {
            var x = randn(new[] { d, d }, float64);
            return pattern.Project(x.mm(x.t()));
        }

        return Projection().Times(Projection());
    }

    private static void Close(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        var error = expected.sub(actual).abs().max().ToDouble() / expected.abs().max().ToDouble();
        Assert.True(error < Rounding, $"Relative error {error}.");
    }
}
