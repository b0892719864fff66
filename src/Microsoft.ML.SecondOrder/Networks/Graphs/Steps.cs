using System.Collections.Immutable;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>A function of each number.</summary>
internal sealed record Activate(Activation Function) : Operation
{
    public override ImmutableArray<int> ShapeOf(IReadOnlyList<ImmutableArray<int>> operands) => operands[0];

    public override Tensor Run(IReadOnlyList<Tensor> operands, Tensor? parameter) => Function switch
    {
        Activation.Silu => nn.functional.silu(operands[0]),
        Activation.Relu => nn.functional.relu(operands[0]),
        Activation.Tanh => operands[0].tanh(),
        Activation.Gelu => nn.functional.gelu(operands[0]),
        _ => throw new ArgumentOutOfRangeException(nameof(Function), Function, "Unknown activation."),
    };
}

/// <summary>x + y of the same number of axes; a size of 1 is repeated.</summary>
internal sealed record Add : Operation
{
    public override ImmutableArray<int> ShapeOf(IReadOnlyList<ImmutableArray<int>> operands) => operands[0].Length == operands[1].Length
        ? Broadcast.Of(operands[0], operands[1])
        : throw new ArgumentException($"[{string.Join(", ", operands[0])}] and [{string.Join(", ", operands[1])}] have not the same number of axes.");

    public override Tensor Run(IReadOnlyList<Tensor> operands, Tensor? parameter) => operands[0].Plus(operands[1]);
}

/// <summary>factor · X Y or factor · X Yᵀ over the last two axes: [.., N, K] and [.., K, M] → [.., N, M].</summary>
internal sealed record MatrixProduct(bool TransposesSecond, double Factor) : Operation
{
    public override ImmutableArray<int> ShapeOf(IReadOnlyList<ImmutableArray<int>> operands)
    {
        var (x, y) = (operands[0], operands[1]);
        var fits = x.Length == y.Length && x.Length >= 2 && x.AsSpan()[..^2].SequenceEqual(y.AsSpan()[..^2]) && x[^1] == (TransposesSecond ? y[^1] : y[^2]);
        return fits ? x.SetItem(x.Length - 1, TransposesSecond ? y[^2] : y[^1]) : throw new ArgumentException(
            $"Matrices of shape [{string.Join(", ", x)}] and [{string.Join(", ", y)}] have no product.");
    }

    public override long Products(IReadOnlyList<ImmutableArray<int>> operands) => (long)Size(ShapeOf(operands)) * operands[0][^1];

    public override Tensor Run(IReadOnlyList<Tensor> operands, Tensor? parameter)
    {
        using var second = TransposesSecond ? operands[1].transpose(-2, -1) : null;
        var product = operands[0].matmul(second ?? operands[1]);
        return Factor == 1 ? product : product.Times(Factor);
    }
}

/// <summary>exp(x) / Σ exp(x) along the last axis.</summary>
internal sealed record Softmax : Operation
{
    public override ImmutableArray<int> ShapeOf(IReadOnlyList<ImmutableArray<int>> operands) => operands[0];

    public override Tensor Run(IReadOnlyList<Tensor> operands, Tensor? parameter) => operands[0].softmax(-1);
}

/// <summary>The same numbers in another shape.</summary>
internal sealed record Reshape(Sizes Shape) : Operation
{
    public override ImmutableArray<int> ShapeOf(IReadOnlyList<ImmutableArray<int>> operands) => Size(operands[0]) == Size(Shape.Items)
        ? Shape.Items
        : throw new ArgumentException($"[{string.Join(", ", operands[0])}] has not as many numbers as {Shape}.");

    public override Tensor Run(IReadOnlyList<Tensor> operands, Tensor? parameter) => operands[0].reshape(Batch(operands[0], Shape.Items.AsSpan()));
}

/// <summary>The axes in another order.</summary>
/// <param name="Axes">For each axis of the result, which of the operand's it is, from 0.</param>
internal sealed record Permute(Sizes Axes) : Operation
{
    public override ImmutableArray<int> ShapeOf(IReadOnlyList<ImmutableArray<int>> operands) => [.. Axes.Items.Select(a => operands[0][a])];

    public override Tensor Run(IReadOnlyList<Tensor> operands, Tensor? parameter) => operands[0].permute([0, .. Axes.Items.Select(a => (long)a + 1)]);
}

/// <summary>A range of the first axis.</summary>
internal sealed record Slice(int Start, int Length) : Operation
{
    public override ImmutableArray<int> ShapeOf(IReadOnlyList<ImmutableArray<int>> operands) => Start >= 0 && Length > 0 && Start + Length <= operands[0][0]
        ? operands[0].SetItem(0, Length)
        : throw new ArgumentException($"[{string.Join(", ", operands[0])}] has no range of {Length} from {Start}.");

    public override Tensor Run(IReadOnlyList<Tensor> operands, Tensor? parameter) => operands[0].narrow(1, Start, Length);
}

/// <summary>The operands one after the other along the first axis.</summary>
internal sealed record Concatenate : Operation
{
    public override ImmutableArray<int> ShapeOf(IReadOnlyList<ImmutableArray<int>> operands) => operands[0].SetItem(0, operands.Sum(o => o[0]));

    public override Tensor Run(IReadOnlyList<Tensor> operands, Tensor? parameter) => cat([.. operands], 1);
}

/// <summary>The mean over the first axis: [N, ..] → [..].</summary>
internal sealed record MeanOfFirst : Operation
{
    public override ImmutableArray<int> ShapeOf(IReadOnlyList<ImmutableArray<int>> operands) => operands[0].RemoveAt(0);

    public override Tensor Run(IReadOnlyList<Tensor> operands, Tensor? parameter) => operands[0].mean([1]);
}

/// <summary>The largest number of each square window: [C, H, W] → [C, H', W'].</summary>
internal sealed record MaximumPool(int Window, int Stride) : Operation
{
    public override ImmutableArray<int> ShapeOf(IReadOnlyList<ImmutableArray<int>> operands)
    {
        var shape = Rank(operands, 3, "Pooling");
        return [shape[0], Networks.Window.Positions(shape[1], Window, Stride, 0), Networks.Window.Positions(shape[2], Window, Stride, 0)];
    }

    public override Tensor Run(IReadOnlyList<Tensor> operands, Tensor? parameter) => nn.functional.max_pool2d(operands[0], Window, Stride);
}

/// <summary>A number for each token that, added before a softmax, takes the token out: 0 for a token, −10⁴ for none (0): [L] → [1, L].</summary>
internal sealed record PaddingMask : Operation
{
    /// <summary>exp(−10⁴) is 0 in every type, and −10⁴ itself is finite in all.</summary>
    public const double Out = -1e4;

    public override ImmutableArray<int> ShapeOf(IReadOnlyList<ImmutableArray<int>> operands) => [1, Rank(operands, 1, "A padding mask")[0]];

    public override Tensor Run(IReadOnlyList<Tensor> operands, Tensor? parameter)
    {
        using var scope = NewDisposeScope();
        return operands[0].logical_not().to(operands[0].dtype).Times(Out).unsqueeze(1).MoveToOuterDisposeScope();
    }
}

/// <summary>x + c, where c is fixed: [L] → [L].</summary>
internal sealed record PlusConstants(Sizes Numbers) : Operation
{
    public override ImmutableArray<int> ShapeOf(IReadOnlyList<ImmutableArray<int>> operands) => operands[0].Length == 1 && operands[0][0] == Numbers.Items.Length
        ? operands[0]
        : throw new ArgumentException($"{Numbers.Items.Length} constants cannot be added to a shape of [{string.Join(", ", operands[0])}].");

    public override Tensor Run(IReadOnlyList<Tensor> operands, Tensor? parameter)
    {
        using var scope = NewDisposeScope();
        var constants = tensor(Numbers.Items.Select(n => (float)n).ToArray()).to(operands[0].dtype).to(operands[0].device);
        return operands[0].Plus(constants).MoveToOuterDisposeScope();
    }
}

/// <summary>D^(−½) (A + I) D^(−½) with D the row sums of A + I (Kipf and Welling, 2017, arXiv 1609.02907, equation 2): [N, N] → the same.</summary>
internal sealed record NormalizeAdjacency : Operation
{
    public override ImmutableArray<int> ShapeOf(IReadOnlyList<ImmutableArray<int>> operands)
    {
        var shape = Rank(operands, 2, "A graph");
        return shape[0] == shape[1] ? shape : throw new ArgumentException($"The weights between nodes must be a square matrix, but have the shape [{string.Join(", ", shape)}].");
    }

    public override Tensor Run(IReadOnlyList<Tensor> operands, Tensor? parameter)
    {
        using var scope = NewDisposeScope();
        var nodes = operands[0].shape[1];
        var linked = operands[0].Plus(eye(nodes, nodes, operands[0].dtype, operands[0].device));
        var root = linked.sum(2).AtLeast(1).rsqrt();
        return linked.mul(root.unsqueeze(1)).mul(root.unsqueeze(2)).MoveToOuterDisposeScope();
    }
}
