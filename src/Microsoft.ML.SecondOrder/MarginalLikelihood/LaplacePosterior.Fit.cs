using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <content>How it comes about.</content>
public sealed partial class LaplacePosterior
{
    /// <summary>Takes the curvature of a trained network from all its data, in one pass.</summary>
    /// <param name="model">The network, at its trained weights. Called in evaluation mode; modes are put back.</param>
    /// <param name="batches">Inputs and targets, once through all rows; in memory one batch at a time. The caller disposes them.</param>
    /// <param name="likelihood">What the outputs mean: the loss that the network was trained by.</param>
    /// <param name="fisher">Which curvature.</param>
    /// <exception cref="ArgumentException">The model has no layer to approximate, outputs or options do not suit, or there is no batch.</exception>
    public static LaplacePosterior Fit(
        nn.Module<Tensor, Tensor> model, IEnumerable<(Tensor Inputs, Tensor Targets)> batches, Likelihood likelihood, FisherKind fisher) =>
        Fit(model, batches, likelihood, new LaplaceOptions { Fisher = fisher });

    /// <summary>Takes the curvature of a trained network from all its data, in one pass.</summary>
    /// <param name="model">The network, at its trained weights. Called in evaluation mode; modes are put back.</param>
    /// <param name="batches">Inputs and targets, once through all rows; in memory one batch at a time. The caller disposes them.</param>
    /// <param name="likelihood">What the outputs mean: the loss that the network was trained by.</param>
    /// <param name="options">How the curvature is taken; null for the defaults.</param>
    /// <exception cref="ArgumentException">The model has no layer to approximate, outputs or options do not suit, or there is no batch.</exception>
    public static LaplacePosterior Fit(
        nn.Module<Tensor, Tensor> model, IEnumerable<(Tensor Inputs, Tensor Targets)> batches, Likelihood likelihood, LaplaceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batches);
        ArgumentNullException.ThrowIfNull(likelihood);
        options ??= new LaplaceOptions();
        options.Validate();
        using var sum = new CurvatureSum(model, likelihood, options, options.ScalesAndShifts);
        foreach (var (inputs, targets) in batches)
        {
            sum.Add(inputs, targets);
        }

        if (sum.Fit.Targets == 0)
        {
            throw new ArgumentException("There must be at least one batch of data, but there is none.", nameof(batches));
        }

        return new LaplacePosterior(model, options, sum);
    }

    /// <summary>Of weighted rows that stand for more.</summary>
    internal static LaplacePosterior Fit(
        nn.Module<Tensor, Tensor> model, IEnumerable<(Tensor Inputs, Tensor Targets, Tensor? Weights)> batches, Likelihood likelihood, double rows, LaplaceOptions? options = null)
    {
        options ??= new LaplaceOptions();
        using var sum = new CurvatureSum(model, likelihood, options) { BoundsFar = true };
        foreach (var (inputs, targets, weights) in batches)
        {
            sum.Add(inputs, targets, weights);
        }

        sum.Repetition = rows / sum.Rows;
        return new LaplacePosterior(model, options, sum);
    }
}
