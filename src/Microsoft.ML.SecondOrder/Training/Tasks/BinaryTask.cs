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

    public override int Classes(DataViewSchema.Column label) => 2;

    public override LabelReader LabelGetter(DataViewRow row, DataViewSchema.Column label) => Single<bool>(row, label, v => v ? 1 : 0);

    public override double Figure(ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, ReadOnlySpan<TargetScaling> scalings) =>
        outputs[0] > 0 == targets[0] > 0 ? 1 : 0;

    public override EpochMetrics Report(EpochMetrics metrics, double meanFigure) =>
        metrics with { Accuracy = meanFigure };
}
