namespace Microsoft.ML.SecondOrder.Training;

/// <summary>What a network was trained to predict.</summary>
public enum NetworkTask
{
    /// <summary>A number.</summary>
    Regression,

    /// <summary>True or false.</summary>
    BinaryClassification,

    /// <summary>One of several classes.</summary>
    MulticlassClassification,
}
