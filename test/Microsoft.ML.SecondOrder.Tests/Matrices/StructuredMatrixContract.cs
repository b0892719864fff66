using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Matrices;

/// <summary>What every matrix pattern must do; a pattern's own test class supplies the pattern and its projection in dense form.</summary>
public abstract class StructuredMatrixContract
{
    private const double Rounding = 1e-12;

    /// <summary>The pattern under test.</summary>
    protected abstract MatrixPattern Pattern { get; }

    /// <summary>Π(M) in dense form, computed as plainly as possible.</summary>
    /// <param name="symmetric">M: [D, D].</param>
    protected abstract Tensor Projection(Tensor symmetric);

    public static TheoryData<long> Dimensions => [1, 2, 4, 7];

    [Theory, MemberData(nameof(Dimensions))]
    public void Identity_is_the_identity(long d) => InScope(() =>
        Same(eye(d, d, float64), Pattern.Identity(d, float64, CPU).ToDense()));

    [Theory, MemberData(nameof(Dimensions))]
    public void Projection_is_that_of_the_dense_matrix(long d) => InScope(() =>
    {
        var m = Symmetric(d, 1);

        Same(Projection(m), Pattern.Project(m).ToDense());
    });

    [Theory, MemberData(nameof(Dimensions))]
    public void Projection_of_a_gram_matrix_needs_no_dense_matrix(long d) => InScope(() =>
    {
        var x = Random(d, 3, 2);

        Same(Projection(x.mm(x.t())), Pattern.ProjectGram(x).ToDense());
    });

    [Theory, MemberData(nameof(Dimensions))]
    public void Member_is_read_back_from_its_dense_form(long d) => InScope(() =>
    {
        var s = Member(d);

        Same(s.ToDense(), Pattern.FromDense(s.ToDense()).ToDense());
    });

    [Theory, MemberData(nameof(Dimensions))]
    public void Products_are_those_of_the_dense_matrix(long d) => InScope(() =>
    {
        var (s, x) = (Member(d), Random(d, 3, 5));

        Same(s.ToDense().mm(x), s.Times(x));
        Same(s.ToDense().t().mm(x), s.TransposeTimes(x));
    });

    [Theory, MemberData(nameof(Dimensions))]
    public void Patterns_are_closed_under_products(long d) => InScope(() =>
    {
        var (s, t) = (Member(d), Pattern.Project(Symmetric(d, 6)));

        var product = s.Times(t);

        Same(s.ToDense().mm(t.ToDense()), product.ToDense());
        Assert.Equal(Pattern, product.Pattern);
    });

    [Theory, MemberData(nameof(Dimensions))]
    public void Gram_matrices_are_projections(long d) => InScope(() =>
    {
        var (s, x) = (Member(d), Random(d, 4, 7));
        var (dense, inner) = (s.ToDense(), s.ToDense().t().mm(x));

        Same(Projection(dense.t().mm(dense)), s.Gram().ToDense());
        Same(Projection(inner.mm(inner.t())), s.Gram(x).ToDense());
    });

    [Theory, MemberData(nameof(Dimensions))]
    public void Sums_and_multiples_are_those_of_the_dense_matrix(long d) => InScope(() =>
    {
        var (s, t) = (Member(d), Pattern.Project(Symmetric(d, 8)));

        Same(s.ToDense().sub(t.ToDense().mul(0.3)), s.Plus(t, -0.3).ToDense());
        Same(s.ToDense().mul(-1.75), s.Scaled(-1.75).ToDense());
        Same(s.ToDense().mul(0.4), s.Scaled(tensor(0.4)).ToDense());
        Same(s.ToDense().add(eye(d, d, float64).mul(0.6)), s.PlusIdentity(0.6).ToDense());
    });

    [Theory, MemberData(nameof(Dimensions))]
    public void Trace_and_norms_are_those_of_the_dense_matrix(long d) => InScope(() =>
    {
        var s = Member(d);
        var dense = s.ToDense();

        Assert.Equal(dense.trace().ToDouble() / d, s.AverageTrace().ToDouble(), Rounding);
        Assert.Equal(dense.square().sum().sqrt().ToDouble(), s.FrobeniusNorm().ToDouble(), Rounding);
        Assert.Equal(dense.abs().max().ToDouble(), s.MaxAbs().ToDouble(), Rounding);
    });

    [Theory, MemberData(nameof(Dimensions))]
    public void Operations_leave_their_operands_alone(long d) => InScope(() =>
    {
        var s = Member(d);
        var before = s.ToDense();

        _ = s.Plus(s, 2);
        _ = s.PlusIdentity(3);
        _ = s.Scaled(4);
        _ = s.Times(s);
        _ = s.Gram();

        Same(before, s.ToDense());
    });

    [Fact]
    public void Kept_matrix_outlives_its_scope_until_it_is_disposed() => Support.Leak.None(() =>
    {
        StructuredMatrix kept;
        using (NewDisposeScope())
        {
            kept = Member(5).Keep();
        }

        Assert.False(kept.Tensors[0].IsInvalid);
        kept.Dispose();
    });

    [Fact]
    public void Number_of_stored_numbers_is_counted() => InScope(() =>
        Assert.Equal(Member(6).Tensors.Sum(t => t.numel()), Member(6).StoredNumbers));

    /// <summary>A product of two projections: of the pattern, and in general not symmetric.</summary>
    private StructuredMatrix Member(long d) => Pattern.Project(Symmetric(d, 3)).Times(Pattern.Project(Symmetric(d, 4)));

    private static Tensor Symmetric(long d, int seed)
    {
        var m = Random(d, d, seed);
        return m.add(m.t());
    }

    private static Tensor Random(long rows, long columns, int seed)
    {
        var random = new Random(seed);
        return tensor(Enumerable.Range(0, (int)(rows * columns)).Select(_ => random.NextDouble() * 2 - 1).ToArray()).reshape(rows, columns);
    }

    private static void InScope(Action test)
    {
        using var scope = NewDisposeScope();
        test();
    }

    private static void Same(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.True(expected.sub(actual).abs().max().ToDouble() <= Rounding, $"Expected {expected.str()}, got {actual.str()}.");
    }
}
