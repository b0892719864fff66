namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>Of which gradients mini-blocks hold the second moments.</summary>
public enum MiniBlockMoments
{
    /// <summary>Of those of the single examples: blocks of the Fisher matrix. Costs about as much as the layer's backward pass, at the steps that observe.</summary>
    Examples,

    /// <summary>Of the batch's mean gradient, as in Shampoo. Cheaper; with large batches mostly the gradient itself.</summary>
    BatchGradient,
}
