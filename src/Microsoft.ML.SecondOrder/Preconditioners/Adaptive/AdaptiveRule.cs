namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>What tells the elementwise methods apart: the direction is m/metric(v), with running means m and v of g and of F·g².</summary>
/// <param name="Name">How the summary names the method.</param>
internal sealed record AdaptiveRule(string Name)
{
    /// <summary>β₁ of m; null where the gradient itself is preconditioned.</summary>
    public double? MeanDecay { get; init; }

    /// <summary>β₂ of v.</summary>
    public required double SquareDecay { get; init; }

    /// <summary>ε, added to v or to its root.</summary>
    public required double Epsilon { get; init; }

    /// <summary>Whether the metric is √v + ε instead of v + ε.</summary>
    public bool HasRoot { get; init; }

    /// <summary>Whether means are divided by the weight that they have gathered.</summary>
    public bool CorrectsStart { get; init; }

    /// <summary>What v begins with.</summary>
    public double Start { get; init; }

    /// <summary>F; null takes the examples of each step.</summary>
    public double? BatchSize { get; init; } = 1;
}
