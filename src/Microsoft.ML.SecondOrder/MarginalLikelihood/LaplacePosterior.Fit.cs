using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Matrices;
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
    /// <exception cref="ArgumentException">The model has no layer to approximate, targets, outputs or options do not suit, or there is no batch.</exception>
    /// <exception cref="NumericalException">The loss is not finite.</exception>
    public static LaplacePosterior Fit(
        nn.Module<Tensor, Tensor> model, IEnumerable<(Tensor Inputs, Tensor Targets)> batches, Likelihood likelihood, FisherKind fisher) =>
        Fit(model, batches, likelihood, new LaplaceOptions { Fisher = fisher });

    /// <summary>Takes the curvature of a trained network from all its data, in one pass.</summary>
    /// <param name="model">The network, at its trained weights. Called in evaluation mode; modes are put back.</param>
    /// <param name="batches">Inputs and targets, once through all rows; in memory one batch at a time. The caller disposes them.</param>
    /// <param name="likelihood">What the outputs mean: the loss that the network was trained by.</param>
    /// <param name="options">How the curvature is taken; null for the defaults.</param>
    /// <exception cref="ArgumentException">The model has no layer to approximate, targets, outputs or options do not suit, or there is no batch.</exception>
    /// <exception cref="NumericalException">The loss is not finite.</exception>
    public static LaplacePosterior Fit(
        nn.Module<Tensor, Tensor> model, IEnumerable<(Tensor Inputs, Tensor Targets)> batches, Likelihood likelihood, LaplaceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batches);
        ArgumentNullException.ThrowIfNull(likelihood);
        options ??= new LaplaceOptions();
        options.Validate();
        using var sum = new CurvatureSum(model, likelihood, options, options.ScalesAndShifts) { Damping = _ => options.Damping };
        foreach (var (inputs, targets) in Checked(batches, model))
        {
            sum.Add(inputs, targets);
        }

        if (!double.IsFinite(sum.Fit.Loss))
        {
            throw new NumericalException("The loss of the batches is not finite: weights, inputs or targets hold NaN or infinity, or the network has diverged.");
        }

        if (sum.Fit.Targets == 0)
        {
            throw new ArgumentException("There must be at least one batch of data, but there is none.", nameof(batches));
        }

        return new LaplacePosterior(model, options, sum);
    }

    /// <summary>The batches, each looked at before it is used.</summary>
    private static IEnumerable<(Tensor Inputs, Tensor Targets)> Checked(IEnumerable<(Tensor Inputs, Tensor Targets)> batches, nn.Module model)
    {
        var number = 0;
        foreach (var (inputs, targets) in batches)
        {
            number++;
            if (inputs is null || targets is null)
            {
                throw new ArgumentException($"Batch {number} lacks its {(inputs is null ? "inputs" : "targets")}.", nameof(batches));
            }

            RequireRows(inputs, model, $"The inputs of batch {number}", nameof(batches));
            RequireDevice(targets, model, $"the targets of batch {number}", nameof(batches));
            yield return (inputs, targets);
        }
    }

    private static void RequireRows(Tensor inputs, nn.Module model, string what, string parameter)
    {
        if (inputs.dim() == 0 || inputs.shape[0] == 0)
        {
            throw new ArgumentException($"{what} must have at least one row, but have the shape [{string.Join(", ", inputs.shape)}].", parameter);
        }

        RequireDevice(inputs, model, what, parameter);
    }

    private static void RequireDevice(Tensor tensor, nn.Module model, string what, string parameter)
    {
        var device = model.parameters().First().device;
        if (tensor.device_type != device.type)
        {
            throw new ArgumentException($"{what} are on {tensor.device}, but the model is on {device}. Move one of them with to().", parameter);
        }
    }

    /// <summary>Of weighted rows that stand for more; with a damping for each layer, by its name.</summary>
    internal static LaplacePosterior Fit(
        nn.Module<Tensor, Tensor> model, IEnumerable<(Tensor Inputs, Tensor Targets, Tensor? Weights)> batches, Likelihood likelihood, double rows, LaplaceOptions? options = null,
        Func<string, double>? damping = null)
    {
        options ??= new LaplaceOptions();
        using var sum = new CurvatureSum(model, likelihood, options) { BoundsFar = true, Damping = layer => damping?.Invoke(layer.Name) ?? options.Damping };
        foreach (var (inputs, targets, weights) in batches)
        {
            sum.Add(inputs, targets, weights);
        }

        sum.Repetition = rows / sum.Rows;
        return new LaplacePosterior(model, options, sum);
    }
}
