using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// H_a ≈ (A + εI)⁻¹ by BFGS updates with the pairs s = H_a ā, y = (A + εI) s, whose inverse they know without noise ("Hessian
/// action", Goldfarb et al., 2020, section 3). Owns its state.
/// </summary>
internal sealed class KbfgsInputs : IDisposable
{
    private readonly KbfgsOptions _options;
    private readonly LayerShape _shape;
    private Tensor? _factor;

    public KbfgsInputs(KbfgsOptions options, LayerShape shape, ScalarType type)
    {
        _options = options;
        _shape = shape;
        Inverse = eye(shape.Inputs, shape.Inputs, type, shape.Device).DetachFromDisposeScope();
        _factor = options.KeepsInputFactor ? zeros_like(Inverse).DetachFromDisposeScope() : null;
    }

    /// <summary>H_a: [I, I].</summary>
    public Tensor Inverse { get; private set; }

    public IEnumerable<(string, Tensor)> State => _factor is null ? [("H_a", Inverse)] : [("H_a", Inverse), ("A", _factor)];

    /// <param name="pass">The batch.</param>
    /// <param name="damping">λ.</param>
    /// <param name="isFirst">Whether there was no batch before.</param>
    public void Update(KbfgsPass pass, double damping, bool isFirst)
    {
        damping = Math.Sqrt(damping / pass.Positions);
        _factor?.ScaleInPlace(isFirst ? 0 : _options.FactorDecay);
        _factor?.AddInPlace(pass.InputFactor.to(_factor.dtype), isFirst ? 1 : 1 - _options.FactorDecay);
        if (isFirst)
        {
            Replace(Factorizations.DampedInverse(_factor ?? pass.InputFactor.to(Inverse.dtype), damping, $"factor A of layer '{_shape.Name}'"));
            return; // for this H_a the pair below changes nothing
        }

        var s = Inverse.mv(pass.InputMean.to(Inverse.dtype));
        var y = (_factor is null ? pass.InputAction(s.to(pass.InputMean.dtype)).to(s.dtype) : _factor.mv(s)).Plus(s, damping);
        if (KbfgsMath.IsUsable(s, y, gradient: null))
        {
            Replace(KbfgsMath.Updated(Inverse, s, y));
        }
    }

    public void To(Device device)
    {
        using var scope = NewDisposeScope();
        Replace(Inverse.to(device, copy: true));
        var factor = _factor;
        _factor = factor?.to(device, copy: true).DetachFromDisposeScope();
        factor?.Dispose();
    }

    public void Dispose()
    {
        Inverse.Dispose();
        _factor?.Dispose();
    }

    private void Replace(Tensor inverse)
    {
        Inverse.Dispose();
        Inverse = inverse.DetachFromDisposeScope();
    }
}
