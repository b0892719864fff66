namespace Microsoft.ML.SecondOrder.Reporting;

/// <summary>Predictions beside what was true.</summary>
internal abstract record Evaluation
{
    /// <summary>Rows that were compared.</summary>
    public abstract int Rows { get; }

    /// <summary>Rows that were left out since the label or the prediction is missing.</summary>
    public required long SkippedRows { get; init; }
}

/// <summary>Numbers: one target or several.</summary>
internal sealed record RegressionEvaluation(IReadOnlyList<TargetEvaluation> Targets) : Evaluation
{
    public override int Rows => Targets[0].Labels.Count;
}

/// <summary>One target, row by row.</summary>
/// <param name="Name">Of the target, or of the label column where it is the only one.</param>
/// <param name="Labels">What was true.</param>
/// <param name="Scores">What was predicted.</param>
internal sealed record TargetEvaluation(string Name, IReadOnlyList<float> Labels, IReadOnlyList<float> Scores);

/// <summary>Classes: two or more.</summary>
/// <param name="Classes">Their names.</param>
/// <param name="Labels">The index of what was true, row by row.</param>
/// <param name="Probabilities">Of all classes, row by row.</param>
internal sealed record ClassEvaluation(IReadOnlyList<string> Classes, IReadOnlyList<int> Labels, IReadOnlyList<float[]> Probabilities) : Evaluation
{
    public override int Rows => Labels.Count;

    /// <summary>Whether there are two classes, of which the second is the one that is looked for.</summary>
    public bool IsBinary { get; init; }
}
