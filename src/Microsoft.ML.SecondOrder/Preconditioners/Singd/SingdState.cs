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

    public StructuredMatrix K { get; private set; }

    public StructuredMatrix C { get; private set; }

    /// <summary>Null before the first update and where α₁ is 0.</summary>
    public StructuredMatrix? MomentumK { get; private set; }

    /// <inheritdoc cref="MomentumK"/>
    public StructuredMatrix? MomentumC { get; private set; }

    /// <summary>Whether an update was made.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>Creates the momenta as zeros, or takes them away.</summary>
    public void Prepare(bool isStarted, double decay)
    {
        IsStarted = isStarted;
        if (isStarted && decay != 0)
        {
            MomentumK ??= K.Scaled(0).Keep();
            MomentumC ??= C.Scaled(0).Keep();
            return;
        }

        MomentumK?.Dispose();
        MomentumC?.Dispose();
        (MomentumK, MomentumC) = (null, null);
    }

    public void To(Device device)
    {
        StructuredMatrix Moved(StructuredMatrix matrix)
        {
            var moved = matrix.To(device).Keep();
            matrix.Dispose();
            return moved;
        }

        (K, C) = (Moved(K), Moved(C));
        if (MomentumK is not null && MomentumC is not null)
        {
            (MomentumK, MomentumC) = (Moved(MomentumK), Moved(MomentumC));
        }
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
