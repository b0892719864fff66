namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>How hyper-parameters of high evidence are sought.</summary>
public enum EvidenceSearch
{
    /// <summary>Damped fixed points, δ ← γ/|θ|² and σ² ← SSE/(NC − γ): no step size to choose (MacKay, 1992).</summary>
    FixedPoint,

    /// <summary>Gradient ascent by Adam in log δ and log σ, at a rate of 0.1.</summary>
    Ascent,
}
