namespace Microsoft.ML.SecondOrder.Training;

/// <summary>What becomes of rows in which a feature is missing, that is, NaN or infinite.</summary>
public enum MissingFeatures
{
    /// <summary>They are left out of the training, counted and warned of; a score of such a row is NaN.</summary>
    Skip,

    /// <summary>The column's median in training takes the gap's place, and an input of the network says that there was one.</summary>
    ImputeMedian,

    /// <summary>The column's mean in training takes the gap's place, and an input of the network says that there was one.</summary>
    ImputeMean,
}
