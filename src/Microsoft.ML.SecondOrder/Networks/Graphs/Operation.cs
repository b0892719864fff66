using System.Collections.Immutable;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>
/// One step of a network, described for a single row: what comes out for what goes in, without weights. Immutable and
/// comparable. Every built-in network is a graph of these few; what runs, prints, saves or exports a network knows them
/// and no network.
/// </summary>
internal abstract record Operation
{
    /// <summary>The shape of the result.</summary>
    /// <param name="operands">The shapes of the operands, without the axis of the batch.</param>
    /// <exception cref="ArgumentException">The operands do not fit.</exception>
    public abstract ImmutableArray<int> ShapeOf(IReadOnlyList<ImmutableArray<int>> operands);

    /// <summary>The parameters, in order.</summary>
    public virtual IReadOnlyList<ParameterPlan> Parameters(IReadOnlyList<ImmutableArray<int>> operands) => [];

    /// <summary>Multiplications for one row.</summary>
    public virtual long Products(IReadOnlyList<ImmutableArray<int>> operands) => 0;

    /// <summary>A module of the layer, whose parameters are named as in <see cref="Parameters"/>; null for an operation that <see cref="Run"/> does.</summary>
    public virtual nn.Module<Tensor, Tensor>? NewModule(IReadOnlyList<ImmutableArray<int>> operands) => null;

    /// <summary>Computes the result for a batch.</summary>
    /// <param name="operands">Each [B, …].</param>
    /// <param name="parameter">The operation's own parameter; null where it has none.</param>
    public virtual Tensor Run(IReadOnlyList<Tensor> operands, Tensor? parameter) =>
        throw new NotSupportedException($"{GetType().Name} runs as a module.");

    protected static ImmutableArray<int> Rank(IReadOnlyList<ImmutableArray<int>> operands, int rank, string what)
    {
        var shape = operands[0];
        return shape.Length == rank
            ? shape
            : throw new ArgumentException($"{what} needs an input of {rank} axes, but has one of shape [{string.Join(", ", shape)}].");
    }

    protected static int Size(ImmutableArray<int> shape) => shape.Aggregate(1, (product, d) => checked(product * d));

    /// <summary>[B, shape…] of a batch.</summary>
    protected static long[] Batch(Tensor operand, ReadOnlySpan<int> shape)
    {
        var whole = new long[shape.Length + 1];
        whole[0] = operand.shape[0];
        for (var i = 0; i < shape.Length; i++)
        {
            whole[i + 1] = shape[i];
        }

        return whole;
    }
}
