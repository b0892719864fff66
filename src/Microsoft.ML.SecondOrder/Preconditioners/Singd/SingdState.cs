using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>What SINGD carries from update to update for one layer: K, C and, where α₁ is not 0, their momenta. Owns them.</summary>
internal sealed class SingdState : IDisposable
{
    public SingdState(SingdOptions options, LayerShape shape)
    {
        using var scope = NewDisposeScope();
        K = options.Inputs.Identity(shape.Inputs, options.InputType ?? shape.Type, shape.Device).Keep();
        C = options.Outputs.Identity(shape.Outputs, options.OutputType ?? shape.Type, shape.Device).Keep();
    }

    public StructuredMatrix K { get; }

    public StructuredMatrix C { get; }

    /// <summary>Null before the first update and where α₁ is 0.</summary>
    public StructuredMatrix? MomentumK { get; private set; }

    /// <inheritdoc cref="MomentumK"/>
    public StructuredMatrix? MomentumC { get; private set; }

    /// <summary>Whether an update was made.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>m ← α₁ m + N for both factors: heavy ball, not an average.</summary>
    /// <returns>The new momenta, which for α₁ = 0 are the directions themselves.</returns>
    public (StructuredMatrix K, StructuredMatrix C) Accumulate(StructuredMatrix directionK, StructuredMatrix directionC, double decay)
    {
        IsStarted = true;
        if (decay == 0)
        {
            return (directionK, directionC);
        }

        MomentumK ??= Zero(K);
        MomentumC ??= Zero(C);
        MomentumK.Scale(decay);
        MomentumC.Scale(decay);
        MomentumK.Add(directionK);
        MomentumC.Add(directionC);
        return (MomentumK, MomentumC);

        static StructuredMatrix Zero(StructuredMatrix like) => like.Scaled(0).Keep();
    }

    public IReadOnlyDictionary<string, StructuredMatrix> ByName()
    {
        var named = new Dictionary<string, StructuredMatrix> { ["K"] = K, ["C"] = C };
        if (MomentumK is not null && MomentumC is not null)
        {
            named.Add("m_K", MomentumK);
            named.Add("m_C", MomentumC);
        }

        return named;
    }

    public void Dispose()
    {
        foreach (var matrix in ByName().Values)
        {
            matrix.Dispose();
        }
    }
}
