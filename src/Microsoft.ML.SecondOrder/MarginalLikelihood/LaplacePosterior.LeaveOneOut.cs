using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <content>Each row left out.</content>
public sealed partial class LaplacePosterior
{
    /// <summary>Bytes that leaving out each of so many rows takes: for a matrix and its factor.</summary>
    /// <param name="rows">N.</param>
    /// <param name="outputs">C.</param>
    public static long LeaveOneOutBytes(long rows, long outputs) => checked(2 * sizeof(double) * (rows * outputs) * (rows * outputs));

    /// <summary>
    /// Each row's outputs as if it had been left out, at the present <see cref="HyperParameters"/>, from the exact curvature in its dual form: with
    /// K = Σ δ⁻¹ (a aᵀ) ∘ (g gᵀ) over the layers and M = (I + hK)⁻¹ the residual of a row left out is rₙ / Mₙₙ. One Cholesky factorisation
    /// of a matrix of as many rows as targets; no Kronecker approximation.
    /// </summary>
    /// <remarks>
    /// Weights of rows count. Parameters in <see cref="Excluded"/> count as given. Rows whose loss is linear, as those beyond Huber's δ, keep the curvature that the likelihood gives them.
    /// For classes the step is Newton's: f + R⁻ᵀ(Mₙ⁻¹ − I)uₙ, with the row's curvature R Rᵀ and gradient R u.
    /// </remarks>
    /// <param name="batches">The rows that the network was trained on; inputs and targets as for <c>Fit</c>.</param>
    /// <exception cref="ArgumentException">There is no row, a layer acts at so many positions that its gradients would fill the memory, or outputs do not suit.</exception>
    /// <exception cref="InvalidOperationException">The prior is <see cref="PriorPrecision.Curvature"/>, which has no precision for each weight.</exception>
    /// <exception cref="NumericalException">Numbers are not finite.</exception>
    public LeaveOneOut LeaveOneOut(IEnumerable<(Tensor Inputs, Tensor Targets)> batches)
    {
        ArgumentNullException.ThrowIfNull(batches);
        return LeaveOneOut(Checked(batches, _model).Select(b => (b.Inputs, b.Targets, (Tensor?)null)), 0);
    }

    /// <param name="batches">With weights of rows, or null for all alike.</param>
    /// <param name="shrinkage">γ: how much of the curvature itself the prior's precision holds beside δ.</param>
    internal LeaveOneOut LeaveOneOut(IEnumerable<(Tensor Inputs, Tensor Targets, Tensor? Weights)> batches, double shrinkage)
    {
        if (_hyperParameters.Prior == PriorPrecision.Curvature)
        {
            throw new InvalidOperationException(
                $"Leaving rows out needs a precision for each weight, but the prior is {nameof(PriorPrecision)}.{nameof(PriorPrecision.Curvature)}. Set HyperParameters with another prior, or Tune one.");
        }

        using var scope = NewDisposeScope();
        using var rows = new DualRows(_model, _fit.Likelihood, ColumnPrecisions(), (1 + shrinkage) * _fit.Precision(_hyperParameters.Noise));
        var count = 0L;
        foreach (var (inputs, targets, weights) in batches)
        {
            rows.Add(inputs, targets, weights);
            count += inputs.shape[0];
        }

        if (count == 0)
        {
            throw new ArgumentException("There must be at least one row, but there is none.", nameof(batches));
        }

        using var gradMode = no_grad();
        var (outputs, scales) = (rows.Outputs(), rows.Scales());
        var vectors = scales.shape[1];
        var (blocks, logDeterminant) = Inverse(rows, count, vectors);
        if (shrinkage > 0)
        {
            using var identity = eye(vectors, dtype: float64, device: blocks.device);
            blocks = blocks.Plus(identity.unsqueeze(0), shrinkage).Over(1 + shrinkage);
        }

        var shifts = DualMath.Shifts(blocks, rows.Gradients().div(scales)).div(scales);
        var effective = count * vectors - blocks.diagonal(0, 1, 2).sum().ToDouble();
        var evidence = Evidence();
        return new LeaveOneOut(
            outputs.DetachFromDisposeScope(), outputs.Plus(shifts).DetachFromDisposeScope(), effective,
            evidence.LogLikelihood - 0.5 * (logDeterminant + evidence.Scatter));
    }

    /// <summary>Assumes the prior that a decay beside preconditioned steps is, with noise of high evidence.</summary>
    /// <param name="rate">γ.</param>
    internal Evidence AssumeDecay(double rate)
    {
        const int Steps = 100;
        var start = new HyperParameters(PriorPrecision.Curvature, [rate], _hyperParameters.Noise);
        var best = new EvidenceTuner { HoldsPrecisions = true }.FixedPoint(Model(PriorPrecision.Curvature), start, Steps);
        HyperParameters = best.HyperParameters;
        return best;
    }

    /// <summary>The present hyper-parameters, with precisions that are at most so large in each layer.</summary>
    /// <param name="most">By the layer's name.</param>
    internal HyperParameters Bounded(Func<string, double> most)
    {
        double[] precisions = [.. _hyperParameters.Precisions];
        for (var b = 0; b < _blocks.Count; b++)
        {
            foreach (var group in _evidence.Layout.Columns[b])
            {
                precisions[group] = Math.Min(precisions[group], most(_blocks[b].Layer.Name));
            }
        }

        return _hyperParameters with { Precisions = [.. precisions] };
    }

    /// <summary>δ of each column of each uncertain layer's joint weight.</summary>
    private List<(ModelLayer Layer, double[] Precisions)> ColumnPrecisions()
    {
        var layout = _evidence.Layout;
        return [.. _blocks.Select((block, b) => (block, Own: layout.Columns[b].Select(c => _hyperParameters.Precisions[c])))
            .GroupBy(b => b.block.Layer).Select(g => (g.Key, g.SelectMany(b => b.Own).ToArray()))];
    }

    private static (Tensor Blocks, double LogDeterminant) Inverse(DualRows rows, long count, long vectors)
    {
        using var scope = NewDisposeScope();
        var gram = eye(count * vectors, dtype: float64, device: rows.Device);
        foreach (var (inputs, part) in rows.Layers())
        {
            DualMath.AddLayer(gram, inputs, part);
            inputs.Dispose();
            part.Dispose();
        }

        var (blocks, logDeterminant) = DualMath.Inverse(gram, vectors);
        return (blocks.MoveToOuterDisposeScope(), logDeterminant);
    }
}
