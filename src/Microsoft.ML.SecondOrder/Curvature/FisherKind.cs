namespace Microsoft.ML.SecondOrder.Curvature;

/// <summary>Which vectors, propagated from the network's outputs back to a layer, make up its output factor.</summary>
public enum FisherKind
{
    /// <summary>The gradients of the actual loss. Costs nothing, but is not the curvature where the fit is good or labels are noisy.</summary>
    Empirical,

    /// <summary>
    /// Gradients for targets drawn from the model's own distribution: the Fisher matrix in the mean, one more backward pass
    /// a draw (Martens and Grosse, 2015, arXiv 1503.05671, section 5).
    /// </summary>
    Sampled,

    /// <summary>The columns of a root of the outputs' Hessian: the generalised Gauss-Newton matrix itself, one more backward pass an output.</summary>
    Exact,
}
