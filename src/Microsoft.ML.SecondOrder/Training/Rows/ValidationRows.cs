using System.Runtime.InteropServices;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Measures a network on rows that it does not learn from.</summary>
internal sealed class ValidationRows(TrainingRows rows, LearningTask task, RowScaling scaling, Cancellation cancellation)
{
    private const int RowsAtOnce = 1024;

    public int Count => rows.Count;

    /// <summary>Mean loss and mean figure over all rows, each with its weight in the loss.</summary>
    /// <returns>Null where the training was cancelled meanwhile.</returns>
    public (double Loss, double Figure)? Measure(nn.Module<Tensor, Tensor> network, Device device)
    {
        network.eval();
        try
        {
            return Run(network, device);
        }
        finally
        {
            network.train();
        }
    }

    /// <summary>Inputs, targets and weights; each portion lives until the next is asked for.</summary>
    public IEnumerable<(Tensor Inputs, Tensor Targets, Tensor? Weights)> Portions(Device device)
    {
        for (var first = 0; first < rows.Count; first += RowsAtOnce)
        {
            using var scope = NewDisposeScope();
            var (inputs, targets, weights, _) = Tensors(first, Math.Min(RowsAtOnce, rows.Count - first));
            yield return (inputs.to(device), targets, weights);
        }
    }

    private (double Loss, double Figure)? Run(nn.Module<Tensor, Tensor> network, Device device)
    {
        using var gradMode = no_grad();
        double loss = 0, total = 0, figure = 0;
        for (var first = 0; first < rows.Count; first += RowsAtOnce)
        {
            if (cancellation.IsRequested)
            {
                return null;
            }

            using var scope = NewDisposeScope();
            var count = Math.Min(RowsAtOnce, rows.Count - first);
            var (inputs, targets, weights, weight) = Tensors(first, count);
            var outputs = network.call(inputs.to(device));
            loss += task.Likelihood.Loss(outputs, targets.to(device), weights?.to(device)).ToDouble() * weight;
            total += weight;
            figure += Figures.Sum(task, outputs, rows.Labels.AsSpan(first * rows.Targets, count * rows.Targets), count, scaling.Targets.AsSpan());
        }

        return (loss / total, figure / rows.Count);
    }

    private (Tensor Inputs, Tensor Targets, Tensor? Weights, double Weight) Tensors(int first, int count)
    {
        var inputs = empty(count, rows.Features.Width);
        var targets = task.NewTargets(count, rows.Targets);
        var weights = rows.Weights.Length == 0 ? null : tensor(rows.Weights.AsSpan(first, count).ToArray());
        var x = MemoryMarshal.Cast<byte, float>(inputs.bytes);
        var y = targets.bytes;
        for (var i = 0; i < count; i++)
        {
            rows.Features[first + i].CopyTo(x[(i * rows.Features.Width)..]);
            task.WriteTargets(y, i, rows.Label(first + i));
        }

        return (inputs, targets, weights, weights is null ? count : rows.Weights.AsSpan(first, count).ToArray().Sum(w => (double)w));
    }
}
