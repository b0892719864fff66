using System.Collections.Immutable;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>A trained network as plain numbers: all that scoring needs, and all that a saved model holds. Immutable.</summary>
public sealed class FittedNetwork
{
    internal FittedNetwork(FeatureInput features, LabelOutput label)
    {
        Features = features;
        Label = label;
    }

    /// <summary>What the network predicts.</summary>
    public required NetworkTask Task { get; init; }

    /// <summary>The kind of network.</summary>
    public required Network Network { get; init; }

    /// <summary>Number of inputs and outputs.</summary>
    public required NetworkShape Shape { get; init; }

    /// <summary>The weights, in the order of the network's layers.</summary>
    public required ImmutableArray<NamedWeights> Weights { get; init; }

    /// <summary>T, which the network's outputs are divided by before they become class probabilities; 1 where they are not calibrated, and for numbers.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>How the network was trained.</summary>
    public required TrainingSummary Summary { get; init; }

    /// <summary>What was known after each epoch of the training, in order. Not saved with the model: empty after loading.</summary>
    public IReadOnlyList<EpochMetrics> History { get; init; } = [];

    /// <summary>The column that the features are read from; the first, where they are several.</summary>
    public string FeatureColumnName => Features.Columns[0].Name;

    /// <summary>The column that the labels were read from.</summary>
    public string LabelColumnName => Label.ColumnName;

    /// <summary>
    /// How much each input of the network matters, in their order; see <see cref="RelevanceTable"/>. Empty where no input had a precision of its own.
    /// </summary>
    public IReadOnlyList<double> Relevances => [.. InputRelevances.Select(r => r.Relevance)];

    /// <summary>
    /// How much each input of the network matters, under its name and with the most relevant first; empty where no input had a precision of its
    /// own, as it has for numbers with <see cref="Regularization.MarginalLikelihood"/>.
    /// </summary>
    public IReadOnlyList<InputRelevance> RelevanceTable => [.. InputRelevances.OrderByDescending(r => r.Relevance)];

    /// <summary>In the order of the inputs.</summary>
    internal ImmutableArray<InputRelevance> InputRelevances { get; init; } = [];

    /// <summary>How sure its outputs are; null where nobody asked.</summary>
    internal Uncertainty? Uncertainty { get; init; }

    /// <summary>What it was trained with. Not saved with the model: null after loading.</summary>
    internal TrainingOrigin? Origin { get; init; }

    internal FeatureInput Features { get; }

    internal LabelOutput Label { get; }

    /// <summary>Makes sure that a training can begin with this network.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is of another task or kind, or its columns have another type.</exception>
    internal void RequireFit(TrainingSettings settings, ImmutableArray<FeatureColumn> features, int outputs, DataViewSchema.Column label)
    {
        var mismatch = settings.Task != Task ? $"it is for {Task}, not {settings.Task}"
            : settings.Network is { } network && !network.Equals(Network) ? $"it is {Network}, but Options.Network is {network}"
            : features.Width() != Features.Scaling.Features ? $"it takes {Features.Scaling.Features} features, but column '{settings.Columns.Features}' has {features.Width()}"
            : !features.Select(f => f.Segment).SequenceEqual(Shape.Segments.Take(features.Length)) ? $"it reads {string.Join("; ", Shape.Segments)}, but the data has {string.Join("; ", features.Select(f => f.Segment))}"
            : outputs != Shape.Outputs ? $"it has {Shape.Outputs} outputs, but label '{label.Name}' needs {outputs}"
            : null;
        if (mismatch is not null)
        {
            throw new ArgumentOutOfRangeException("modelParameters", $"The given network cannot be trained further on this data: {mismatch}.");
        }
    }

}

/// <summary>Where the network's inputs come from.</summary>
/// <param name="Columns">At least one.</param>
/// <param name="Scaling">From the numbers of the columns to the inputs.</param>
internal sealed record FeatureInput(ImmutableArray<FeatureColumn> Columns, FeatureScaling Scaling);

/// <summary>What the network's outputs stand for.</summary>
/// <param name="ColumnName">The label column in training.</param>
/// <param name="Scalings">Regression: from output to score, target by target. A single one that changes nothing for other tasks.</param>
internal sealed record LabelOutput(string ColumnName, ImmutableArray<TargetScaling> Scalings)
{
    /// <summary>The values that the classes stand for; null where the label had none, and for other tasks.</summary>
    public ClassKeys? Keys { get; init; }

    /// <summary>Regression: the type of a label that is a vector; null for a number, and for other tasks.</summary>
    public VectorDataViewType? VectorType { get; init; }

    /// <summary>Names of the targets of a vector; empty where the label had none.</summary>
    public ImmutableArray<string> SlotNames { get; init; } = [];
}
