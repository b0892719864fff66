using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Reporting;

/// <summary>All that a report of a trained network shows; <see cref="ReportPage"/> turns it into a page.</summary>
internal sealed record ReportFacts
{
    public required string Title { get; init; }

    /// <summary>What was learned from what, in one sentence or two.</summary>
    public required string Summary { get; init; }

    /// <summary>The course of the training, one entry an epoch, ascending; empty where it is not known.</summary>
    public IReadOnlyList<EpochMetrics> Epochs { get; init; } = [];

    /// <summary>How the network does on rows that it was not trained on; null where none were given.</summary>
    public Evaluation? Evaluation { get; init; }

    /// <summary>What permuting each feature costs; empty where it was not measured.</summary>
    public ImportanceFacts? Importance { get; init; }

    /// <summary>How much each input matters to the network, 1 for the one that matters most, in any order; empty where it is not known.</summary>
    public IReadOnlyList<(string Input, double Relevance)> Relevances { get; init; } = [];

    /// <summary>Names and values of what the training was set to.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Settings { get; init; } = [];

    /// <summary>Names and values of versions and devices.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; } = [];
}

/// <summary>What permuting each feature does to a metric.</summary>
/// <param name="Metric">Its name.</param>
/// <param name="Features">Features and by how much the metric gets worse, in any order.</param>
internal sealed record ImportanceFacts(string Metric, IReadOnlyList<(string Feature, double Loss)> Features);
