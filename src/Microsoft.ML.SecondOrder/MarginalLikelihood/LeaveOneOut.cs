using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>
/// What a network would have said of each row had it been trained without that row, from one training: exact for a model that is linear in its
/// weights with a quadratic loss, and elsewhere a Newton step from the trained weights. Owns its tensors.
/// </summary>
/// <remarks>Hyper-parameters count as given, although they were chosen with the row.</remarks>
public sealed class LeaveOneOut : IDisposable
{
    internal LeaveOneOut(Tensor outputs, Tensor without, double effective, double logEvidence)
    {
        (Outputs, OutputsWithout, EffectiveParameters, LogMarginalLikelihood) = (outputs, without, effective, logEvidence);
    }

    /// <summary>f of each row with all rows: [N, C], in double.</summary>
    public Tensor Outputs { get; }

    /// <summary>f of each row without it: [N, C], in double. For classes up to a number that is the same for all classes.</summary>
    public Tensor OutputsWithout { get; }

    /// <summary>γ, how many parameters the data determines: tr(I − B⁻¹), without the Kronecker approximation, which counts 1.2 to 2.5 times as many.</summary>
    public double EffectiveParameters { get; }

    /// <summary>The logarithm of the evidence without the Kronecker approximation, in nats; see <see cref="Evidence"/>.</summary>
    public double LogMarginalLikelihood { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Outputs.Dispose();
        OutputsWithout.Dispose();
    }
}
