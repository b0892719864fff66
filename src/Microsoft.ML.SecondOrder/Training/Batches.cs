using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>
/// Hands out the rows in a new order each epoch, batch by batch. Owns the tensors of a batch and reuses them: what
/// <see cref="Fill"/> returns holds until it is called again.
/// </summary>
internal sealed class Batches : IDisposable
{
    private readonly TrainingPlan _plan;
    private readonly TrainingRows _rows;
    private readonly LearningTask _task;
    private readonly Device _device;
    private readonly Random _random;
    private readonly int[] _order;
    private readonly float[] _targetValues;
    private readonly Tensor _inputs; // [B, I]
    private readonly Tensor _targets; // [B, T], or [B] for classes
    private readonly Tensor? _weights; // [B]

    public Batches(TrainingPlan plan, TrainingRows rows, LearningTask task, Device device, Random random)
    {
        (_plan, _rows, _task, _device, _random) = (plan, rows, task, device, random);
        _order = [.. Enumerable.Range(0, rows.Count)];
        _targetValues = new float[plan.BatchSize * rows.Targets];
        _inputs = empty(plan.BatchSize, rows.Features.Width).DetachFromDisposeScope();
        _targets = task.NewTargets(plan.BatchSize, rows.Targets).DetachFromDisposeScope();
        _weights = rows.Weights.Length == 0 ? null : empty(plan.BatchSize).DetachFromDisposeScope();
    }

    /// <summary>Targets of the current batch as numbers, row by row: [B·T].</summary>
    public ReadOnlySpan<float> TargetValues => _targetValues;

    /// <summary>Draws a new order of the rows (Fisher and Yates).</summary>
    public void Shuffle()
    {
        for (var i = _order.Length - 1; i > 0; i--)
        {
            var j = _random.Next(i + 1);
            (_order[i], _order[j]) = (_order[j], _order[i]);
        }
    }

    /// <summary>The tensors of a batch, on the device; they belong to the caller's dispose scope.</summary>
    public (Tensor Inputs, Tensor Targets, Tensor? Weights, int Rows) Fill(int batch)
    {
        var start = _plan.Start(batch);
        var count = _plan.Start(batch + 1) - start;
        var inputs = MemoryMarshal.Cast<byte, float>(_inputs.bytes);
        var targets = _targets.bytes;
        var weights = _weights is null ? [] : MemoryMarshal.Cast<byte, float>(_weights.bytes);
        var width = _rows.Features.Width;
        for (var i = 0; i < count; i++)
        {
            var row = _order[start + i];
            _rows.Features[row].CopyTo(inputs.Slice(i * width, width));
            var label = _rows.Label(row);
            label.CopyTo(_targetValues.AsSpan(i * label.Length));
            _task.WriteTargets(targets, i, label);
            if (!weights.IsEmpty)
            {
                weights[i] = _rows.Weights[row];
            }
        }

        return (First(_inputs, count), First(_targets, count), _weights is null ? null : First(_weights, count), count);
    }

    public void Dispose()
    {
        _inputs.Dispose();
        _targets.Dispose();
        _weights?.Dispose();
    }

    private Tensor First(Tensor whole, int rows) => whole.narrow(0, 0, rows).to(_device);
}
