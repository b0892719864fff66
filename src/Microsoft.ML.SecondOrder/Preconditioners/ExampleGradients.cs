using Microsoft.ML.SecondOrder.Curvature;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>The gradients of single examples, V_n = Σ_r g aᵀ over the positions of an example.</summary>
internal static class ExampleGradients
{
    /// <summary>Largest number of entries that are held at a time.</summary>
    private const long Chunk = 1 << 22;

    /// <summary>Calls an action with [n, O, I] for the examples in turn, vector after vector, in a dispose scope of its own.</summary>
    public static void ForEach(LayerSample sample, Action<Tensor> action)
    {
        using var scope = NewDisposeScope();
        var (a, positions) = (sample.Inputs, sample.Inputs.shape[0] / sample.Batch);
        var (o, i) = (sample.OutputGradients.shape[1], a.shape[1]);
        var g = sample.OutputGradients.reshape(sample.Vectors, a.shape[0], o);
        var step = Math.Max(1, Chunk / (o * i));
        for (var v = 0L; v < sample.Vectors; v++)
        {
            for (var first = 0L; first < sample.Batch; first += step)
            {
                using var inner = NewDisposeScope();
                var count = Math.Min(step, sample.Batch - first);
                var left = g.select(0, v).narrow(0, first * positions, count * positions).reshape(count, positions, o);
                var right = a.narrow(0, first * positions, count * positions).reshape(count, positions, i);
                action(left.transpose(1, 2).bmm(right));
            }
        }
    }
}
