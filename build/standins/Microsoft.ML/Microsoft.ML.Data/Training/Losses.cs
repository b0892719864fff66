namespace Microsoft.ML.Trainers;

public interface ILossFunction<in TOutput, in TLabel>
{
    double Loss(TOutput output, TLabel label);
}

/// <summary>A loss with a derivative with respect to the output.</summary>
public interface IScalarLoss : ILossFunction<float, float>
{
    float Derivative(float output, float label);
}

public interface IRegressionLoss : IScalarLoss
{
}

/// <summary>A loss that dual coordinate ascent can minimise.</summary>
public interface ISupportSdcaLoss : IScalarLoss
{
    float ComputeDualUpdateInvariant(float scaledFeaturesNormSquared);

    float DualUpdate(float output, float label, float dual, float invariant, int maxNumThreads);

    double DualLoss(float label, float dual);
}

public interface ISupportSdcaRegressionLoss : ISupportSdcaLoss, IRegressionLoss
{
}

/// <summary>(output − label)², without a factor ½.</summary>
public sealed class SquaredLoss : ISupportSdcaRegressionLoss
{
    public double Loss(float output, float label)
    {
        float residual = output - label;
        return residual * residual;
    }

    public float Derivative(float output, float label) => 2 * (output - label);

    /// <summary>1 / (½ + ‖x‖²/(λn)): the inverse curvature of the dual in one coordinate.</summary>
    public float ComputeDualUpdateInvariant(float scaledFeaturesNormSquared) => 1 / (0.5f + scaledFeaturesNormSquared);

    public float DualUpdate(float output, float label, float dual, float invariant, int maxNumThreads)
        => (label - output - 0.5f * dual) * invariant / Math.Max(1, maxNumThreads);

    /// <summary>The negative conjugate: α·label − α²/4.</summary>
    public double DualLoss(float label, float dual) => dual * (label - dual / 4);
}
