namespace Microsoft.ML.SecondOrder.AutoML;

/// <summary>What may keep the weights small.</summary>
public enum SearchedRegularization
{
    /// <summary>The trainer's default: for numbers mostly by the marginal likelihood with a precision for each input, for classes weight decay.</summary>
    Auto,

    /// <summary>A prior chosen by the marginal likelihood: one precision for all weights, or for more than two classes the rate of the decay.</summary>
    MarginalLikelihood,

    /// <summary>A constant decay, whose rate is searched too.</summary>
    WeightDecay,
}
