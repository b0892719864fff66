namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>Over what the loss, whose gradients a preconditioner observes, was averaged.</summary>
public enum LossAverage
{
    /// <summary>Over the examples of the batch.</summary>
    Batch,

    /// <summary>Over the examples and, in each, over the positions that share weights.</summary>
    BatchAndPositions,

    /// <summary>Over nothing: the loss is a sum.</summary>
    None,
}
