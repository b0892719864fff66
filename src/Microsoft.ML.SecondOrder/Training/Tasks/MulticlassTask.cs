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

    public override int Classes(DataViewSchema.Column label) => Outputs(label);

    public override LabelReader LabelGetter(DataViewRow row, DataViewSchema.Column label)
    {
        var count = ((KeyDataViewType)label.Type).Count;
        // Keys count from 1; 0 means missing, and so does what lies outside.
        float Class(ulong key) => key >= 1 && key <= count ? key - 1 : float.NaN;
        if (label.Type.RawType == typeof(byte))
        {
            return Single<byte>(row, label, v => Class(v));
        }

        if (label.Type.RawType == typeof(ushort))
        {
            return Single<ushort>(row, label, v => Class(v));
        }

        return label.Type.RawType == typeof(uint) ? Single<uint>(row, label, v => Class(v)) : Single<ulong>(row, label, Class);
    }

    public override torch.Tensor NewTargets(int rows, int targets) => torch.empty(new long[] { rows }, torch.int64);

    public override void WriteTargets(Span<byte> targets, int row, ReadOnlySpan<float> values) =>
        MemoryMarshal.Cast<byte, long>(targets)[row] = (long)values[0];

    public override double Figure(ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, ReadOnlySpan<TargetScaling> scalings) =>
        TensorPrimitives.IndexOfMax(outputs) == (int)targets[0] ? 1 : 0;

    public override EpochMetrics Report(EpochMetrics metrics, double meanFigure) => metrics with { Accuracy = meanFigure };
}
