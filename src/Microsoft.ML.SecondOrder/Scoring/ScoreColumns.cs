using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Scoring;

/// <summary>The columns that a task adds: names, types, annotations, and values from the network's outputs.</summary>
internal abstract class ScoreColumns
{
    protected const string Score = "Score";
    protected const string Probability = "Probability";
    protected const string PredictedLabel = "PredictedLabel";

    public static ScoreColumns Of(FittedNetwork network) =>
        Of(network.Task, network.Shape.Outputs, network.Label, CertaintyColumns.Of(network.Uncertainty));

    public static ScoreColumns Of(NetworkTask task, int outputs, LabelOutput label, CertaintyColumns certainty)
    {
        ScoreColumns columns = task switch
        {
            NetworkTask.Regression when certainty.Interval is { } level => new IntervalColumns(label.Scalings[0], level, certainty.SeparatesNoise),
            NetworkTask.Regression => label.VectorType is null ? new RegressionColumns(label.Scalings[0]) : new VectorRegressionColumns(label),
            NetworkTask.BinaryClassification => new BinaryColumns(),
            NetworkTask.MulticlassClassification => new MulticlassColumns(outputs, label.Keys),
            _ => throw new ArgumentOutOfRangeException(nameof(task), task, "Unknown task."),
        };
        return certainty.OutOfDistribution ? new OutOfDistributionColumns(columns, task) : columns;
    }

    /// <summary>The columns, in order.</summary>
    /// <param name="setId">The number that marks them as one scorer's.</param>
    public abstract DataViewSchema.DetachedColumn[] Make(uint setId);

    /// <summary>A <see cref="ValueGetter{TValue}"/> for each column, in the same order.</summary>
    public abstract Delegate[] Getters(ScoredRow row);

    /// <summary>Turns the network's outputs for a row into what the column Score holds: [O], in place.</summary>
    public virtual void ToScores(Span<float> outputs)
    {
    }

    protected static DataViewSchema.Annotations Annotate(
        string columnKind, string valueKind, uint setId, Action<DataViewSchema.Annotations.Builder>? more = null)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.AddScoreKind(columnKind, valueKind, setId);
        more?.Invoke(builder);
        return builder.ToAnnotations();
    }
}
