using System.Collections.Immutable;

namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>What the evidence chooses.</summary>
/// <param name="Prior">Which weights share a precision.</param>
/// <param name="Precisions">δ of each group of weights, in the order of <see cref="Evidence.Groups"/>, or the one γ of <see cref="PriorPrecision.Curvature"/>; each &gt; 0.</param>
/// <param name="Noise">σ, the standard deviation of the targets' noise; &gt; 0. Only for likelihoods of numbers; 1 for classes.</param>
public sealed record HyperParameters(PriorPrecision Prior, ImmutableArray<double> Precisions, double Noise = 1)
{
    /// <inheritdoc/>
    public bool Equals(HyperParameters? other) =>
        other is not null && Prior == other.Prior && Noise.Equals(other.Noise) && Precisions.AsSpan().SequenceEqual(other.Precisions.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Prior);
        hash.Add(Noise);
        foreach (var precision in Precisions)
        {
            hash.Add(precision);
        }

        return hash.ToHashCode();
    }
}
