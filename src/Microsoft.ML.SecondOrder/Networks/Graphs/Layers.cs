using System.Collections.Immutable;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>y = W x + b along the last axis: [.., I] → [.., O].</summary>
/// <param name="Outputs">O.</param>
/// <param name="Gain">The weights start as N(0, Gain / I); 0 starts them at zero.</param>
/// <param name="SpreadBias">Whether biases start uniform in ±1/√I instead of at zero.</param>
internal sealed record Dense(int Outputs, double Gain, bool SpreadBias = false) : Operation
{
    public override ImmutableArray<int> ShapeOf(IReadOnlyList<ImmutableArray<int>> operands) => operands[0].SetItem(operands[0].Length - 1, Outputs);

    public override IReadOnlyList<ParameterPlan> Parameters(IReadOnlyList<ImmutableArray<int>> operands)
    {
        var inputs = operands[0][^1];
        return
        [
            new("weight", [Outputs, inputs], ParameterStart.Normal(Math.Sqrt(Gain / inputs))),
            new("bias", [Outputs], SpreadBias ? ParameterStart.Uniform(1 / Math.Sqrt(inputs)) : ParameterStart.Constant(0)),
        ];
    }

    public override long Products(IReadOnlyList<ImmutableArray<int>> operands) => (long)Size(operands[0]) * Outputs;

    public override nn.Module<Tensor, Tensor> NewModule(IReadOnlyList<ImmutableArray<int>> operands) => nn.Linear(operands[0][^1], Outputs);
}

/// <summary>A convolution over an image: [C, H, W] → [O, H', W'].</summary>
/// <param name="Channels">O.</param>
/// <param name="Kernel">Height and width of the kernel.</param>
/// <param name="Stride">Pixels from one position to the next.</param>
/// <param name="Padding">Zeros around the image.</param>
/// <param name="Gain">The weights start as N(0, Gain / (C · Kernel²)); 0 starts them at zero.</param>
/// <param name="HasBias">Whether a bias is added.</param>
internal sealed record Convolution(int Channels, int Kernel, int Stride, int Padding, double Gain, bool HasBias = true) : Operation
{
    public override ImmutableArray<int> ShapeOf(IReadOnlyList<ImmutableArray<int>> operands)
    {
        var shape = Rank(operands, 3, "A convolution");
        return [Channels, Window.Positions(shape[1], Kernel, Stride, Padding), Window.Positions(shape[2], Kernel, Stride, Padding)];
    }

    public override IReadOnlyList<ParameterPlan> Parameters(IReadOnlyList<ImmutableArray<int>> operands)
    {
        var inputs = operands[0][0];
        var weight = new ParameterPlan("weight", [Channels, inputs, Kernel, Kernel], ParameterStart.Normal(Math.Sqrt(Gain / (inputs * Kernel * Kernel))));
        return HasBias ? [weight, new("bias", [Channels], ParameterStart.Constant(0))] : [weight];
    }

    public override long Products(IReadOnlyList<ImmutableArray<int>> operands) =>
        (long)Size(ShapeOf(operands)) * operands[0][0] * Kernel * Kernel;

    public override nn.Module<Tensor, Tensor> NewModule(IReadOnlyList<ImmutableArray<int>> operands) =>
        nn.Conv2d(operands[0][0], Channels, Kernel, Stride, Padding, bias: HasBias);
}

/// <summary>Mean 0 and variance 1 along the last axis, then scale and shift (Ba et al., 2016, arXiv 1607.06450).</summary>
internal sealed record LayerNormalize : Operation
{
    /// <summary>Added to the variance.</summary>
    public const double Epsilon = 1e-5;

    public override ImmutableArray<int> ShapeOf(IReadOnlyList<ImmutableArray<int>> operands) => operands[0];

    public override IReadOnlyList<ParameterPlan> Parameters(IReadOnlyList<ImmutableArray<int>> operands) =>
        [new("weight", [operands[0][^1]], ParameterStart.Constant(1)), new("bias", [operands[0][^1]], ParameterStart.Constant(0))];

    public override nn.Module<Tensor, Tensor> NewModule(IReadOnlyList<ImmutableArray<int>> operands) => nn.LayerNorm(operands[0][^1], Epsilon);
}

/// <summary>Mean 0 and variance 1 over each group of channels, then scale and shift by channel (Wu and He, 2018, arXiv 1803.08494): [C, H, W] → the same.</summary>
/// <param name="Groups">Divides C.</param>
internal sealed record GroupNormalize(int Groups) : Operation
{
    public override ImmutableArray<int> ShapeOf(IReadOnlyList<ImmutableArray<int>> operands)
    {
        var shape = Rank(operands, 3, "A group normalisation");
        return shape[0] % Groups == 0 ? shape : throw new ArgumentException($"{shape[0]} channels cannot be split into {Groups} equal groups.");
    }

    public override IReadOnlyList<ParameterPlan> Parameters(IReadOnlyList<ImmutableArray<int>> operands) =>
        [new("weight", [operands[0][0]], ParameterStart.Constant(1)), new("bias", [operands[0][0]], ParameterStart.Constant(0))];

    public override nn.Module<Tensor, Tensor> NewModule(IReadOnlyList<ImmutableArray<int>> operands) =>
        nn.GroupNorm(Groups, operands[0][0], LayerNormalize.Epsilon);
}

/// <summary>A learned vector for each token: whole numbers [L] from 0 to below the vocabulary → [L, E].</summary>
/// <param name="Vocabulary">Tokens, 0 for none or unknown among them.</param>
/// <param name="Width">E.</param>
internal sealed record Lookup(int Vocabulary, int Width) : Operation
{
    public override ImmutableArray<int> ShapeOf(IReadOnlyList<ImmutableArray<int>> operands) => [Rank(operands, 1, "A lookup")[0], Width];

    public override IReadOnlyList<ParameterPlan> Parameters(IReadOnlyList<ImmutableArray<int>> operands) =>
        [new("weight", [Vocabulary, Width], ParameterStart.Normal(0.1))];

    public override nn.Module<Tensor, Tensor> NewModule(IReadOnlyList<ImmutableArray<int>> operands) => nn.Embedding(Vocabulary, Width);
}

/// <summary>x · p, where p is learned and broadcast.</summary>
/// <param name="Shape">Of p: as the last axes of x, or 1 where it is the same along an axis; x may have 1 there too.</param>
/// <param name="Start">First numbers of p.</param>
internal sealed record TimesParameter(Sizes Shape, ParameterStart Start) : Operation
{
    public override ImmutableArray<int> ShapeOf(IReadOnlyList<ImmutableArray<int>> operands) => Broadcast.Of(operands[0], Shape.Items);

    public override IReadOnlyList<ParameterPlan> Parameters(IReadOnlyList<ImmutableArray<int>> operands) => [new("", Shape.ToLongs(), Start)];

    public override long Products(IReadOnlyList<ImmutableArray<int>> operands) => Size(ShapeOf(operands));

    public override Tensor Run(IReadOnlyList<Tensor> operands, Tensor? parameter) => operands[0].mul(parameter!);
}

/// <summary>x + p, where p is learned and broadcast.</summary>
/// <param name="Shape">Of p: as the last axes of x, or 1 where it is the same along an axis.</param>
/// <param name="Start">First numbers of p.</param>
internal sealed record PlusParameter(Sizes Shape, ParameterStart Start) : Operation
{
    public override ImmutableArray<int> ShapeOf(IReadOnlyList<ImmutableArray<int>> operands) => Broadcast.Of(operands[0], Shape.Items);

    public override IReadOnlyList<ParameterPlan> Parameters(IReadOnlyList<ImmutableArray<int>> operands) => [new("", Shape.ToLongs(), Start)];

    public override Tensor Run(IReadOnlyList<Tensor> operands, Tensor? parameter) => operands[0].Plus(parameter!);
}

/// <summary>A learned row before all others: [N, E] → [1 + N, E].</summary>
internal sealed record PrependParameter : Operation
{
    public override ImmutableArray<int> ShapeOf(IReadOnlyList<ImmutableArray<int>> operands)
    {
        var shape = Rank(operands, 2, "A class token");
        return [shape[0] + 1, shape[1]];
    }

    public override IReadOnlyList<ParameterPlan> Parameters(IReadOnlyList<ImmutableArray<int>> operands) =>
        [new("", [1, operands[0][1]], ParameterStart.Normal(0.02))];

    public override Tensor Run(IReadOnlyList<Tensor> operands, Tensor? parameter)
    {
        using var row = parameter!.expand(operands[0].shape[0], 1, parameter.shape[1]);
        return cat(new List<Tensor> { row, operands[0] }, 1);
    }
}
