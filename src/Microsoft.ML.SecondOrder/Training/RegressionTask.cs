using Microsoft.ML.SecondOrder.Likelihoods;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>A number for a label; the network predicts it on the scale of its bulk.</summary>
internal sealed class RegressionTask(RegressionLoss loss) : LearningTask
{
    /// <summary>δ in units of the target's spread.</summary>
    private const double HuberDelta = 1;

    public override NetworkTask Kind => NetworkTask.Regression;

    public override Likelihood Likelihood { get; } = loss == RegressionLoss.Huber ? new HuberLikelihood(HuberDelta) : new GaussianLikelihood();

    public override void CheckLabel(SchemaShape.Column label)
    {
        if (label.TypeText() != "Single")
        {
            throw LabelMismatch(label, "Single", "Conversion.ConvertType turns a number into Single.");
        }
    }

    public override int Outputs(DataViewSchema.Column label) => 1;

    public override Func<float> LabelGetter(DataViewRow row, DataViewSchema.Column label)
    {
        var getter = row.GetGetter<float>(label);
        return () =>
        {
            var value = 0f;
            getter(ref value);
            return value;
        };
    }

    public override TargetScaling Scaling(TrainingRows rows) => loss == RegressionLoss.Huber
        ? TargetScaling.FitRobust(rows.Labels, rows.Weights)
        : TargetScaling.Fit(rows.Labels, rows.Weights);

    public override double Figure(ReadOnlySpan<float> outputs, float target) => Math.Pow((double)outputs[0] - target, 2);

    public override EpochMetrics Report(EpochMetrics metrics, double meanFigure, TargetScaling scaling) =>
        metrics with { RootMeanSquaredError = Math.Sqrt(meanFigure) * scaling.Scale };
}
