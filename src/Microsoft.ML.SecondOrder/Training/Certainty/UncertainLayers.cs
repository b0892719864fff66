namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Which weights of a network count as uncertain where probabilities take account of it.</summary>
public enum UncertainLayers
{
    /// <summary>Those of the last layer.</summary>
    Last,

    /// <summary>Those of all layers.</summary>
    All,
}
