using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>
/// Takes the rows of an epoch batch by batch. Owns the tensors of a batch and reuses them: what <see cref="Part"/> returns
/// holds until <see cref="Read"/> is called again.
/// </summary>
internal sealed class Batches : IDisposable
{
    private readonly TrainingPlan _plan;
    private readonly RowSource _source;
    private readonly LearningTask _task;
    private readonly Device _device;
    private readonly float[] _targetValues;
    private readonly Tensor _inputs; // [B, I]
    private readonly Tensor _targets; // [B, T], or [B] for classes
    private readonly Tensor? _weights; // [B]
    private double _weight;

    public Batches(TrainingPlan plan, RowSource source, LearningTask task, Device device)
    {
        (_plan, _source, _task, _device) = (plan, source, task, device);
        _targetValues = new float[plan.BatchSize * source.Targets];
        _inputs = empty(plan.BatchSize, source.Inputs).DetachFromDisposeScope();
        _targets = task.NewTargets(plan.BatchSize, source.Targets).DetachFromDisposeScope();
        _weights = source.HasWeights ? empty(plan.BatchSize).DetachFromDisposeScope() : null;
    }

    /// <summary>Rows of the current batch.</summary>
    public int Rows { get; private set; }

    /// <summary>Parts in which the current batch is propagated, of as equal size as can be.</summary>
    public int Parts => _plan.MicroBatchSize is { } size ? (Rows + size - 1) / size : 1;

    /// <summary>Begins an epoch, from 1, with one of its batches, from 0.</summary>
    public void Begin(int epoch, int batch)
    {
        _source.Begin(epoch);
        _source.Skip(_plan.Start(batch));
    }

    /// <summary>Reads the next batch, which is the one of this number.</summary>
    public void Read(int batch)
    {
        Rows = _plan.Start(batch + 1) - _plan.Start(batch);
        var inputs = MemoryMarshal.Cast<byte, float>(_inputs.bytes);
        var targets = _targets.bytes;
        var weights = _weights is null ? [] : MemoryMarshal.Cast<byte, float>(_weights.bytes);
        var (width, numbers) = (_source.Inputs, _source.Targets);
        _weight = 0;
        for (var i = 0; i < Rows; i++)
        {
            var label = _targetValues.AsSpan(i * numbers, numbers);
            var weight = _source.Next(inputs.Slice(i * width, width), label);
            _task.WriteTargets(targets, i, label);
            _weight += weight;
            if (!weights.IsEmpty)
            {
                weights[i] = weight;
            }
        }
    }

    /// <summary>Targets of rows of the current batch as numbers, row by row: [B·T].</summary>
    public ReadOnlySpan<float> TargetValues(int first, int rows) => _targetValues.AsSpan(first * _source.Targets, rows * _source.Targets);

    /// <summary>A part of the current batch.</summary>
    public MicroBatch Part(int part)
    {
        var first = (int)((long)Rows * part / Parts);
        var rows = (int)((long)Rows * (part + 1) / Parts) - first;
        var share = Parts == 1 ? 1 : Weight(first, rows) / _weight;
        return new MicroBatch(
            OnDevice(_inputs, first, rows), OnDevice(_targets, first, rows), _weights is null ? null : OnDevice(_weights, first, rows), first, rows, share);
    }

    public void Dispose()
    {
        _inputs.Dispose();
        _targets.Dispose();
        _weights?.Dispose();
    }

    private double Weight(int first, int rows)
    {
        if (_weights is null)
        {
            return rows;
        }

        var sum = 0.0;
        foreach (var weight in MemoryMarshal.Cast<byte, float>(_weights.bytes).Slice(first, rows))
        {
            sum += weight;
        }

        return sum;
    }

    private Tensor OnDevice(Tensor whole, int first, int rows) => whole.narrow(0, first, rows).to(_device);
}
