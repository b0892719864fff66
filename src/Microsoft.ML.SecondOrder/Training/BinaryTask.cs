using Microsoft.ML.SecondOrder.Likelihoods;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>True or false for a label; the network's one output is the log-odds of true.</summary>
internal sealed class BinaryTask : LearningTask
{
    public override NetworkTask Kind => NetworkTask.BinaryClassification;

    public override Likelihood Likelihood { get; } = new BernoulliLikelihood();

    public override void CheckLabel(SchemaShape.Column label)
    {
        if (label.TypeText() != "Boolean")
        {
            throw LabelMismatch(label, "Boolean", "Conversion.ConvertType or a custom mapping turns the label into Boolean.");
        }
    }

    public override int Outputs(DataViewSchema.Column label) => 1;

    public override Func<float> LabelGetter(DataViewRow row, DataViewSchema.Column label)
    {
        var getter = row.GetGetter<bool>(label);
        return () =>
        {
            var value = false;
            getter(ref value);
            return value ? 1 : 0;
        };
    }

    public override double Figure(ReadOnlySpan<float> outputs, float target) => outputs[0] > 0 == target > 0 ? 1 : 0;

    public override EpochMetrics Report(EpochMetrics metrics, double meanFigure, TargetScaling scaling) =>
        metrics with { Accuracy = meanFigure };
}
