using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>The distribution of a network's outputs f + J(w − θ), which is linear in the weights and so normal.</summary>
internal abstract class PredictiveOutputs
{
    /// <summary>f and the variances of its entries.</summary>
    /// <returns>[B, C] of the outputs' type, and [B, C] in double.</returns>
    public abstract (Tensor Mean, Tensor Variance) Variances(Tensor x);

    /// <summary>f and the covariances of the entries of each row.</summary>
    /// <returns>[B, C] of the outputs' type, and [B, C, C] in double.</returns>
    public abstract (Tensor Mean, Tensor Covariance) Covariances(Tensor x);

    /// <summary>Draws of the outputs, each row's by itself: [S, B, C] in double.</summary>
    public abstract Tensor Samples(Tensor x, long draws, Generator generator);

    /// <summary>Standard normal numbers in double.</summary>
    protected static Tensor Noise(long[] shape, Generator generator, Device device)
    {
        using var onCpu = randn(shape, float64, CPU, generator: generator);
        return onCpu.to(device);
    }

    /// <exception cref="ArgumentException">The outputs are not [B, C].</exception>
    internal static void Require(Tensor outputs)
    {
        if (outputs.dim() != 2 || outputs.shape[0] == 0)
        {
            throw new ArgumentException(
                $"Predictions need outputs of shape [rows, outputs] with at least one row, but the model gave [{string.Join(", ", outputs.shape)}].");
        }
    }
}
