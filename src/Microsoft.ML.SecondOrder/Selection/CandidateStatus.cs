namespace Microsoft.ML.SecondOrder.Selection;

/// <summary>What became of a candidate.</summary>
public enum CandidateStatus
{
    /// <summary>It was ranked first.</summary>
    Best,

    /// <summary>It was compared with the others to the end.</summary>
    Ranked,

    /// <summary>It was given up when it was clear that it would not win.</summary>
    Stopped,

    /// <summary>The time had run out before its turn.</summary>
    NotReached,

    /// <summary>It could not be trained, or has no such criterion.</summary>
    Failed,
}
