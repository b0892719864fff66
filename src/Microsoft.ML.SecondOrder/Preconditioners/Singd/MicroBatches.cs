namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>How the micro-batches that are accumulated into one gradient enter the factors.</summary>
public enum MicroBatches
{
    /// <summary>By their numbers of examples, so that the factors are those of the whole batch, whatever its parts.</summary>
    Weighted,

    /// <summary>As they are, each added to the last: what the official code does. Wrong for parts of unequal size and for a loss that is a sum.</summary>
    Summed,
}
