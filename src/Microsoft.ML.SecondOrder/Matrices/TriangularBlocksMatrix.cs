using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Matrices;

/// <summary>Two structured blocks on the diagonal and a dense one beside or below: the composition that makes arrows and hierarchies.</summary>
/// <param name="First">The pattern of A.</param>
/// <param name="Second">The pattern of C.</param>
/// <param name="SplitAt">Rows of A if positive, minus the rows of C if negative.</param>
/// <param name="IsUpper">[A B; 0 C], else [A 0; B C].</param>
internal sealed record TriangularBlocksPattern(MatrixPattern First, MatrixPattern Second, int SplitAt, bool IsUpper) : MatrixPattern
{
    public override string ToString() => IsUpper
        ? $"UpperBlocks({First}, {Second}, {SplitAt})"
        : $"LowerBlocks({First}, {Second}, {SplitAt})";

    public override StructuredMatrix Identity(long dimension, ScalarType dtype, Device device)
    {
        var (first, second) = Sizes(dimension);
        var shape = IsUpper ? new[] { first, second } : [second, first];
        return new TriangularBlocksMatrix(this, First.Identity(first, dtype, device), zeros(shape, dtype, device), Second.Identity(second, dtype, device));
    }

    public override long StoredNumbers(long dimension)
    {
        var (first, second) = Sizes(dimension);
        return First.StoredNumbers(first) + first * second + Second.StoredNumbers(second);
    }

    public override long Operations(long dimension)
    {
        var (first, second) = Sizes(dimension);
        return First.Operations(first) + first * second + Second.Operations(second) + 100 * dimension;
    }

    public override StructuredMatrix Project(Tensor symmetric)
    {
        var (a, b, c) = Parts(symmetric);
        return new TriangularBlocksMatrix(this, First.Project(a), b.Times(2), Second.Project(c));
    }

    public override StructuredMatrix FromDense(Tensor member)
    {
        var (a, b, c) = Parts(member);
        return new TriangularBlocksMatrix(this, First.FromDense(a), b.clone(), Second.FromDense(c));
    }

    public override StructuredMatrix ProjectGram(Tensor x)
    {
        var (first, second) = Rows(x);
        var off = IsUpper ? first.mm(second.t()) : second.mm(first.t());
        return new TriangularBlocksMatrix(this, First.ProjectGram(first), off.Times(2), Second.ProjectGram(second));
    }

    /// <summary>The rows that meet A and those that meet C.</summary>
    public (Tensor First, Tensor Second) Rows(Tensor x)
    {
        var (first, second) = Sizes(x.shape[0]);
        return (x.narrow(0, 0, first), x.narrow(0, first, second));
    }

    private (long First, long Second) Sizes(long dimension)
    {
        var first = SplitAt > 0 ? Math.Min(SplitAt, dimension) : dimension - Math.Min(-SplitAt, dimension);
        return (first, dimension - first);
    }

    private (Tensor A, Tensor B, Tensor C) Parts(Tensor m)
    {
        var (first, second) = Sizes(m.shape[0]);
        var (top, bottom) = Rows(m);
        return (top.narrow(1, 0, first), IsUpper ? top.narrow(1, first, second) : bottom.narrow(1, 0, first), bottom.narrow(1, first, second));
    }
}

/// <summary>[A B; 0 C] or [A 0; B C].</summary>
internal sealed class TriangularBlocksMatrix(TriangularBlocksPattern pattern, StructuredMatrix a, Tensor b, StructuredMatrix c) : StructuredMatrix
{
    public override MatrixPattern Pattern => pattern;

    public override long Dimension => a.Dimension + c.Dimension;

    public override IReadOnlyList<Tensor> Tensors { get; } = [.. a.Tensors, b, .. c.Tensors];

    public override Tensor ToDense()
    {
        using var scope = NewDisposeScope();
        var dense = zeros(new[] { Dimension, Dimension }, b.dtype, b.device);
        var (top, bottom) = pattern.Rows(dense);
        var (first, second) = (a.Dimension, c.Dimension);
        top.narrow(1, 0, first).copy_(a.ToDense());
        bottom.narrow(1, first, second).copy_(c.ToDense());
        (pattern.IsUpper ? top.narrow(1, first, second) : bottom.narrow(1, 0, first)).copy_(b);
        return dense.MoveToOuterDisposeScope();
    }

    public override Tensor Times(Tensor x)
    {
        var (first, second) = pattern.Rows(x);
        return pattern.IsUpper
            ? Stack(a.Times(first).Plus(b.mm(second)), c.Times(second))
            : Stack(a.Times(first), c.Times(second).Plus(b.mm(first)));
    }

    public override Tensor TransposeTimes(Tensor x)
    {
        var (first, second) = pattern.Rows(x);
        return pattern.IsUpper
            ? Stack(a.TransposeTimes(first), c.TransposeTimes(second).Plus(b.t().mm(first)))
            : Stack(a.TransposeTimes(first).Plus(b.t().mm(second)), c.TransposeTimes(second));
    }

    /// <summary>[AA' AB' + BC'; 0 CC'] or [AA' 0; BA' + CB' CC'].</summary>
    public override StructuredMatrix Times(StructuredMatrix other)
    {
        var right = (TriangularBlocksMatrix)other;
        var off = pattern.IsUpper
            ? a.Times(right.Off).Plus(right.Last.TransposeTimes(b.t()).t())
            : right.First.TransposeTimes(b.t()).t().Plus(c.Times(right.Off));
        return new TriangularBlocksMatrix(pattern, a.Times(right.First), off, c.Times(right.Last));
    }

    /// <summary>SᵀS = [AᵀA AᵀB; · BᵀB + CᵀC] or [AᵀA + BᵀB ·; CᵀB CᵀC].</summary>
    public override StructuredMatrix Gram() => pattern.IsUpper
        ? new TriangularBlocksMatrix(pattern, a.Gram(), a.TransposeTimes(b).Times(2), c.Gram().Plus(pattern.Second.ProjectGram(b.t())))
        : new TriangularBlocksMatrix(pattern, a.Gram().Plus(pattern.First.ProjectGram(b.t())), c.TransposeTimes(b).Times(2), c.Gram());

    internal override void AddIdentity(double factor)
    {
        a.AddIdentity(factor);
        c.AddIdentity(factor);
    }

    public override Tensor Trace() => a.Trace().Plus(c.Trace());

    protected override StructuredMatrix With(IReadOnlyList<Tensor> tensors)
    {
        var inFirst = a.Tensors.Count;
        return new TriangularBlocksMatrix(pattern, Replaced(a, [.. tensors.Take(inFirst)]), tensors[inFirst], Replaced(c, [.. tensors.Skip(inFirst + 1)]));
    }

    private StructuredMatrix First => a;

    private Tensor Off => b;

    private StructuredMatrix Last => c;

    private static Tensor Stack(Tensor first, Tensor second) => cat(new List<Tensor> { first, second }, 0);
}
