using Microsoft.ML.SecondOrder.Curvature;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>What a layer saw in the micro-batches of a step so far, without a copy. Owns it.</summary>
internal sealed class ObservedRows : IDisposable
{
    private readonly List<LayerSample> _samples = [];

    public bool IsEmpty => _samples.Count == 0;

    /// <summary>B, examples of all micro-batches.</summary>
    public double Examples => _samples.Sum(s => s.Batch);

    public void Add(LayerSample sample)
    {
        var (inputs, gradients) = (sample.Inputs.detach().DetachFromDisposeScope(), sample.OutputGradients.detach().DetachFromDisposeScope());
        _samples.Add(sample with { Inputs = inputs, OutputGradients = gradients, OutputMean = null });
    }

    /// <summary>The rows, with g multiplied by a factor; forgets them.</summary>
    public SampleRows Take(ScalarType type, double scale)
    {
        var rows = SampleRows.Of(_samples, type, scale);
        Clear();
        return rows;
    }

    public void Clear()
    {
        _samples.ForEach(s => s.Dispose());
        _samples.Clear();
    }

    public void Dispose() => Clear();
}
