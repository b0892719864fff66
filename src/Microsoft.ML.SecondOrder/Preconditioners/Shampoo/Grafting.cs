namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>Whose step length a direction is given (Anil et al., 2020, arXiv 2002.09018): the direction stays, its norm becomes that of another method's step.</summary>
public enum Grafting
{
    /// <summary>Nobody's: the direction keeps its own length.</summary>
    None,

    /// <summary>The gradient's.</summary>
    Sgd,

    /// <summary>AdaGrad's: g / (√Σg² + ε).</summary>
    AdaGrad,

    /// <summary>RMSProp's: g / (√v + ε) with the running mean v of g².</summary>
    RmsProp,

    /// <summary>Adam's without momentum: RMSProp's with the mean corrected for its start at 0.</summary>
    Adam,
}
