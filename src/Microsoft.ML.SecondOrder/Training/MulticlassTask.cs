using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Likelihoods;
using TorchSharp;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>A key for a label; the network has one output for each value of the key.</summary>
internal sealed class MulticlassTask : LearningTask
{
    /// <summary>More classes than this are taken for a mistake, such as a hash.</summary>
    private const ulong MaximumClasses = 1 << 20;

    public override NetworkTask Kind => NetworkTask.MulticlassClassification;

    public override Likelihood Likelihood { get; } = new CategoricalLikelihood();

    public override void CheckLabel(SchemaShape.Column label)
    {
        if (!label.IsKey || label.Kind != SchemaShape.Column.VectorKind.Scalar)
        {
            throw LabelMismatch(label, "Key<UInt32>", "Conversion.MapValueToKey turns any label into a key.");
        }
    }

    public override int Outputs(DataViewSchema.Column label)
    {
        var count = ((KeyDataViewType)label.Type).Count;
        return count <= MaximumClasses
            ? (int)count
            : throw ColumnRoles.Mismatch(
                "label", label.Name, $"a key with at most {MaximumClasses} values", label.Type.ToString()!,
                "Conversion.MapValueToKey gives a key with as many values as occur.");
    }

    public override Func<float> LabelGetter(DataViewRow row, DataViewSchema.Column label)
    {
        var count = ((KeyDataViewType)label.Type).Count;
        var key = KeyGetter(row, label);
        // Keys count from 1; 0 means missing, and so does what lies outside.
        return () => key() is var value && value >= 1 && value <= count ? value - 1 : float.NaN;
    }

    public override torch.Tensor NewTargets(int rows) => torch.empty(new long[] { rows }, torch.int64);

    public override void WriteTarget(Span<byte> targets, int row, float target) =>
        MemoryMarshal.Cast<byte, long>(targets)[row] = (long)target;

    public override double Figure(ReadOnlySpan<float> outputs, float target) =>
        TensorPrimitives.IndexOfMax(outputs) == (int)target ? 1 : 0;

    public override EpochMetrics Report(EpochMetrics metrics, double meanFigure, TargetScaling scaling) =>
        metrics with { Accuracy = meanFigure };

    private static Func<ulong> KeyGetter(DataViewRow row, DataViewSchema.Column label)
    {
        if (label.Type.RawType == typeof(byte))
        {
            return Getter<byte>(row, label, v => v);
        }

        if (label.Type.RawType == typeof(ushort))
        {
            return Getter<ushort>(row, label, v => v);
        }

        return label.Type.RawType == typeof(uint) ? Getter<uint>(row, label, v => v) : Getter<ulong>(row, label, v => v);
    }

    private static Func<ulong> Getter<T>(DataViewRow row, DataViewSchema.Column label, Func<T, ulong> widen)
    {
        var getter = row.GetGetter<T>(label);
        return () =>
        {
            T value = default!;
            getter(ref value);
            return widen(value);
        };
    }
}
