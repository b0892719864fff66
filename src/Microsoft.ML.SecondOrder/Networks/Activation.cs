namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>The function between two dense layers, applied to each number.</summary>
public enum Activation
{
    /// <summary>x · σ(x), also called swish (Elfwing et al., 2017, arXiv 1702.03118). The default: smooth, so that curvature describes it well.</summary>
    Silu,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>The hyperbolic tangent.</summary>
    Tanh,

    /// <summary>x · Φ(x) with the exact error function (Hendrycks and Gimpel, 2016, arXiv 1606.08415).</summary>
    Gelu,
}
