using System.Collections.Immutable;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>The posterior of a trained network's weights from the rows that it learned from.</summary>
/// <param name="task">What the outputs mean.</param>
/// <param name="device">The network's.</param>
/// <param name="lastLayerOnly">Whether other layers count as given.</param>
internal sealed class PosteriorFit(LearningTask task, Device device, bool lastLayerOnly)
{
    private const int MostUsualRows = 2000;

    /// <summary>Share of the training rows that counts as usual.</summary>
    private const double Usual = 0.95;

    /// <summary>For class probabilities that take account of the weights' uncertainty.</summary>
    public static PosteriorFit OfPredictive(TrainingSettings settings, LearningTask task, Device device) => new(task, device, settings.UncertainLayers == UncertainLayers.Last);

    /// <param name="network">With its weights.</param>
    /// <param name="plan">Of its training.</param>
    /// <param name="rows">That it learned from.</param>
    /// <param name="found">By the evidence while it learned, for numbers; null where it did not regularise.</param>
    public LaplacePosterior Of(nn.Module<Tensor, Tensor> network, TrainingPlan plan, RowSource rows, HyperParameters? found)
    {
        using var inHand = new RowsInHand(plan, rows, task, device, OutOfFold.MostRows);
        var posterior = LaplacePosterior.Fit(network, inHand.Portions, task.Likelihood, plan.Rows, new LaplaceOptions { LastLayerOnly = lastLayerOnly });
        if (found is null || found.Prior == PriorPrecision.Curvature || task.Kind != NetworkTask.Regression)
        {
            // As after a training with decay. For classes layer by layer, so that the last one's is the same with others and without.
            posterior.Tune(PriorPrecision.PerLayer);
        }
        else
        {
            posterior.HyperParameters = found;
        }

        return posterior;
    }

    /// <summary>The uncertain layers as plain numbers.</summary>
    public static ImmutableArray<LayerUncertainty> Layers(LaplacePosterior posterior) =>
        [.. posterior.Posterior().Select(b => (b.Block, Numbers: b.Numbers())).Select(b => new LayerUncertainty(b.Block.Inputs, b.Block.Outputs, b.Numbers.Left, b.Numbers.Right, b.Numbers.Variances))];

    /// <summary>Σ of the variances of a row's outputs: what 95 of 100 training rows stay below.</summary>
    public double UsualVariance(LaplacePosterior posterior, TrainingPlan plan, RowSource rows)
    {
        using var inHand = new RowsInHand(plan, rows, task, device, MostUsualRows);
        var variances = inHand.Portions.SelectMany(p =>
        {
            using var scope = NewDisposeScope();
            return posterior.Predict(p.Inputs).Variance.to(float64).sum(dim: 1L).cpu().data<double>().ToArray();
        }).Order().ToList();
        return Math.Max(double.Epsilon, variances[(int)(Usual * (variances.Count - 1))]);
    }
}
