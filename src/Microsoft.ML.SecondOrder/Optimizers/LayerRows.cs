using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Preconditioners;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Optimizers;

/// <summary>
/// The rows a and g of one step's gradient G = gᵀ a, kept where preconditioning them is cheaper than preconditioning G.
/// Owns them until they are cleared.
/// </summary>
internal sealed class LayerRows(LayerPreconditioner preconditioner)
{
    /// <summary>How far the rows' product may be from the gradient, relative to the sum of absolute terms: well above rounding.</summary>
    private const double Tolerance = 1e-4;
    private const double LowPrecisionTolerance = 2e-2;

    private readonly List<LayerSample> _samples = [];
    private long _count;
    private bool _isComplete = true;

    /// <summary>Whether there are rows, of all passes of this step.</summary>
    public bool IsAvailable => _isComplete && _samples.Count > 0;

    /// <summary>The layers whose rows make up their gradient; the answers for all layers come from the device at once.</summary>
    /// <param name="layers">All layers.</param>
    /// <param name="checks">Whether to compare; else whatever rows there are count.</param>
    public static HashSet<OptimizedLayer> Valid(IEnumerable<OptimizedLayer> layers, bool checks)
    {
        var candidates = layers.Where(l => l.HasRows).ToList();
        if (!checks || candidates.Count == 0)
        {
            return [.. candidates];
        }

        using var scope = NewDisposeScope();
        var matches = stack(candidates.Select(l => l.RowsMatchGradient()).ToList()).cpu().data<bool>().ToArray();
        return [.. candidates.Where((_, i) => matches[i])];
    }

    /// <summary>Takes in the rows of one pass, or gives up for this step where they are too many or averaged over positions.</summary>
    public void Offer(LayerSample sample, WeightSharing sharing)
    {
        _count += sample.Inputs.shape[0];
        _isComplete &= preconditioner.PrefersRows(_count) && (sharing == WeightSharing.Expand || sample.Positions == 1);
        if (!_isComplete)
        {
            Free();
            return;
        }

        sample.Inputs.DetachFromDisposeScope();
        sample.OutputGradients.DetachFromDisposeScope();
        _samples.Add(sample);
    }

    /// <summary>Compares the product of the rows with the gradient on one vector, that of ones.</summary>
    /// <param name="weightGradient">The gradient of the weight, without the bias: [O, I'].</param>
    /// <returns>A scalar tensor, true or false.</returns>
    public Tensor Match(Tensor weightGradient)
    {
        using var scope = NewDisposeScope();
        var expected = weightGradient.sum(dim: 1L);
        var (actual, magnitude) = (zeros_like(expected), zeros_like(expected));
        foreach (var sample in _samples)
        {
            var sums = sample.Inputs.narrow(1, 0, weightGradient.shape[1]).sum(dim: 1L).unsqueeze(1); // [N, 1]
            var terms = sample.OutputGradients.mul(sums); // [N, O]
            actual.AddInPlace(terms.sum(dim: 0L));
            magnitude.AddInPlace(terms.abs().sum(dim: 0L));
        }

        var tolerance = weightGradient.dtype is ScalarType.Float32 or ScalarType.Float64 ? Tolerance : LowPrecisionTolerance;
        return expected.Minus(actual).abs().le(magnitude.Times(tolerance)).all().MoveToOuterDisposeScope();
    }

    /// <summary>The preconditioned gradient of the rows.</summary>
    /// <inheritdoc cref="OptimizedLayer.Direction"/>
    public Direction Direction(double gradientScale, Tensor? clip)
    {
        var inputs = _samples.Count == 1 ? _samples[0].Inputs : cat(_samples.Select(s => s.Inputs).ToList(), 0);
        var gradients = _samples.Count == 1 ? _samples[0].OutputGradients : cat(_samples.Select(s => s.OutputGradients).ToList(), 0);
        gradients = (gradientScale == 1 ? gradients : gradients.Over(gradientScale)).Clipped(clip);
        var (left, right) = preconditioner.PreconditionRows(gradients, inputs);
        return new ThinDirection(left, right, gradients, inputs);
    }

    /// <summary>Forgets the rows and starts anew.</summary>
    public void Clear()
    {
        Free();
        (_count, _isComplete) = (0, true);
    }

    private void Free()
    {
        _samples.ForEach(s => s.Dispose());
        _samples.Clear();
    }
}
