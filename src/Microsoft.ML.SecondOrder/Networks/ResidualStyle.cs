namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>What keeps a deep residual network trainable. Neither mixes the rows of a batch, so that curvature and evidence are defined.</summary>
public enum ResidualStyle
{
    /// <summary>Group normalisation before each activation (Wu and He, 2018, arXiv 1803.08494).</summary>
    GroupNorm,

    /// <summary>No normalisation; blocks that start at zero, with scalar scales and shifts (Zhang et al., 2019, arXiv 1901.09321).</summary>
    Fixup,
}
