using System.Collections.Immutable;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Likelihoods;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>A number for a label, or a vector of them; the network predicts each on the scale of its bulk.</summary>
internal sealed class RegressionTask(RegressionLoss loss) : LearningTask
{
    /// <summary>δ in units of the target's spread.</summary>
    private const double HuberDelta = 1;

    public override NetworkTask Kind => NetworkTask.Regression;

    public override Likelihood Likelihood { get; } = loss == RegressionLoss.Huber ? new HuberLikelihood(HuberDelta) : new GaussianLikelihood();

    public override void CheckLabel(SchemaShape.Column label)
    {
        if (label.TypeText() is "Single" or "Vector<Single>")
        {
            return;
        }

        throw LabelMismatch(label, "Single or Vector<Single>", label.Kind == SchemaShape.Column.VectorKind.VariableVector
            ? "Give the vector a known size, with [VectorType(size)] on the property or a SchemaDefinition."
            : "Conversion.ConvertType turns numbers into Single.");
    }

    public override int Outputs(DataViewSchema.Column label) => Targets(label);

    public override int Targets(DataViewSchema.Column label) => label.Type is not VectorDataViewType vector ? 1
        : vector.Size > 0 ? vector.Size
        : throw ColumnRoles.Mismatch("label", label.Name, "Vector<Single> with at least one slot", vector.ToString());

    public override LabelReader LabelGetter(DataViewRow row, DataViewSchema.Column label)
    {
        if (label.Type is not VectorDataViewType)
        {
            return Single<float>(row, label, v => v);
        }

        var getter = row.GetGetter<VBuffer<float>>(label);
        VBuffer<float> buffer = default;
        return target =>
        {
            getter(ref buffer);
            VectorLength.Require(row, label, buffer.Length, target.Length);
            buffer.CopyTo(target);
        };
    }

    public override ImmutableArray<TargetScaling> Scalings(TrainingRows rows)
    {
        var scalings = new TargetScaling[rows.Targets];
        var column = new float[rows.Count];
        for (var t = 0; t < scalings.Length; t++)
        {
            for (var r = 0; r < column.Length; r++)
            {
                column[r] = rows.Labels[r * scalings.Length + t];
            }

            scalings[t] = loss == RegressionLoss.Huber ? TargetScaling.FitRobust(column, rows.Weights) : TargetScaling.Fit(column, rows.Weights);
        }

        return [.. scalings];
    }

    /// <summary>The mean over the targets of the squared error, each in its own unit.</summary>
    public override double Figure(ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, ReadOnlySpan<TargetScaling> scalings)
    {
        var sum = 0.0;
        for (var t = 0; t < targets.Length; t++)
        {
            var error = ((double)outputs[t] - targets[t]) * scalings[t].Scale;
            sum += error * error;
        }

        return sum / targets.Length;
    }

    public override EpochMetrics Report(EpochMetrics metrics, double meanFigure) =>
        metrics with { RootMeanSquaredError = Math.Sqrt(meanFigure) };
}
