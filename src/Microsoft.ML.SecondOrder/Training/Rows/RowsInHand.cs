using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Some of the training rows as tensors, in portions: all of them, where they are few. Owns them.</summary>
internal sealed class RowsInHand : IDisposable
{
    private const int PortionRows = 512;

    private readonly List<(Tensor Inputs, Tensor Targets, Tensor? Weights)> _portions = [];

    /// <summary>Takes the first rows of the order of epoch 1, which is random.</summary>
    public RowsInHand(TrainingPlan plan, RowSource rows, LearningTask task, Device device, int most)
    {
        using var scope = NewDisposeScope();
        var inPortions = plan with { Batches = (plan.Rows + PortionRows - 1) / PortionRows, MicroBatchSize = null };
        using var batches = new Batches(inPortions, rows, task, device);
        batches.Begin(1, 0);
        for (var b = 0; b < inPortions.Batches && Count < most; b++)
        {
            batches.Read(b);
            var part = batches.Part(0);
            _portions.Add((Kept(part.Inputs), Kept(part.Targets), part.Weights is null ? null : Kept(part.Weights)));
            Count += batches.Rows;
        }

        Normalize();
    }

    /// <summary>Rows that were taken.</summary>
    public int Count { get; private set; }

    /// <summary>Inputs, targets and weights, whose mean is 1; null where all rows count alike.</summary>
    public IReadOnlyList<(Tensor Inputs, Tensor Targets, Tensor? Weights)> Portions => _portions;

    public void Dispose()
    {
        foreach (var (inputs, targets, weights) in _portions)
        {
            inputs.Dispose();
            targets.Dispose();
            weights?.Dispose();
        }
    }

    private static Tensor Kept(Tensor batch) => batch.clone().DetachFromDisposeScope();

    private void Normalize()
    {
        var sum = _portions.Sum(p => p.Weights?.sum().ToDouble() ?? 0);
        foreach (var (_, _, weights) in _portions)
        {
            weights?.ScaleInPlace(Count / sum);
        }
    }
}
