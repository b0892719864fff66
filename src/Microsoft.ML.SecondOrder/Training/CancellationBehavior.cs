namespace Microsoft.ML.SecondOrder.Training;

/// <summary>What a trainer does when it is cancelled, by its token or through its context.</summary>
public enum CancellationBehavior
{
    /// <summary>Throws an <see cref="OperationCanceledException"/>, as ML.NET's trainers do.</summary>
    Throw,

    /// <summary>
    /// Returns the best network so far: of the epoch with the lowest validation loss, or as of the last step. Throws only before
    /// the first step, when there is none.
    /// </summary>
    ReturnBest,
}
