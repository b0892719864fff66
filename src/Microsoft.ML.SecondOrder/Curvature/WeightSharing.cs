namespace Microsoft.ML.SecondOrder.Curvature;

/// <summary>
/// How a layer whose weight acts at several positions of one row (tokens, pixels) is approximated
/// (Eschenhagen et al., 2023, arXiv 2311.00636, section 3). Without such positions the two are the same.
/// </summary>
public enum WeightSharing
{
    /// <summary>Every position counts as a row of its own. Exact for deep linear networks with one loss term a position.</summary>
    Expand,

    /// <summary>Inputs are averaged and output gradients summed over the positions of a row first. Exact for deep linear networks that average over positions before the loss.</summary>
    Reduce,
}
