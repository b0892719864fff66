using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Optimizers;

/// <summary>
/// A weight, alone or with its bias as one more column, that a method steps, and its momentum. Owns the method's state and
/// the momentum.
/// </summary>
internal abstract class OptimizedPart(string name, LayerParamGroup group) : IDisposable
{
    private Tensor? _momentum;

    /// <summary>The layer's or the parameter's name in the model; unique among the parts.</summary>
    public string Name => name;

    public LayerParamGroup Group => group;

    /// <summary>The method's state for this part.</summary>
    public abstract Preconditioner Preconditioner { get; }

    /// <summary>The type of the momentum, and its shape: that of <see cref="Gradient"/>.</summary>
    public abstract (ScalarType Type, long[] Shape) Form { get; }

    public IEnumerable<Parameter> Parameters => Bias is { } bias ? [Weight, bias] : [Weight];

    /// <summary>Momentum buffer, or null before the first step.</summary>
    public Tensor? Momentum => _momentum;

    /// <summary>What the group's learning rate is multiplied by for this part; see <see cref="AdasSchedule"/>.</summary>
    public double RateFactor { get; set; } = 1;

    /// <summary>The weight as it is now.</summary>
    protected abstract Parameter Weight { get; }

    /// <summary>The bias that is joined with the weight, or null.</summary>
    protected abstract Parameter? Bias { get; }

    /// <summary>Whether the weight decays.</summary>
    protected virtual bool DecaysWeight => true;

    /// <summary>Whether the joined bias decays.</summary>
    protected abstract bool DecaysBias { get; }

    /// <summary>Another state of the same method and settings, in its first form.</summary>
    public abstract Preconditioner NewPreconditioner();

    /// <summary>buf ← μ·buf + ν·(U + γθ), θ ← θ − η·buf.</summary>
    /// <param name="direction">U, of the gradient's shape.</param>
    /// <param name="shortening">ν, a scalar; null for 1.</param>
    public virtual void Apply(Direction direction, Tensor? shortening)
    {
        _momentum ??= NewMomentum();
        direction.AddTo(_momentum, Group.Options.Momentum, shortening);
        MoveBy(_momentum, shortening);
    }

    /// <summary>Creates the momentum buffer as zeros, or takes it away.</summary>
    public void PrepareMomentum(bool exists)
    {
        _momentum?.Dispose();
        _momentum = exists ? NewMomentum() : null;
    }

    /// <summary>Forgets what was seen since the last step.</summary>
    public virtual void Discard() => Preconditioner.Discard();

    /// <summary>Moves the state to another device.</summary>
    public virtual void To(Device device)
    {
        Discard();
        using var scope = NewDisposeScope();
        Preconditioner.To(device);
        if (_momentum is { } momentum)
        {
            _momentum = momentum.to(device, copy: true).DetachFromDisposeScope();
            momentum.Dispose();
        }
    }

    public virtual void Dispose()
    {
        Preconditioner.Dispose();
        _momentum?.Dispose();
    }

    /// <summary>The gradient of the weight, or of [W b], in the caller's dispose scope; null where there is none.</summary>
    protected Tensor? Gradient(double gradientScale)
    {
        var gradient = Weight.grad;
        if (gradient is null)
        {
            return null;
        }

        gradient = Joined(gradient, Bias?.grad);
        return gradientScale == 1 ? gradient : gradient.Over(gradientScale);
    }

    /// <summary>[W b] of a gradient's parts where the bias is joined, or the weight's.</summary>
    protected Tensor Joined(Tensor weight, Tensor? bias)
    {
        if (Bias is null)
        {
            return weight;
        }

        var flat = weight.reshape(weight.shape[0], -1);
        return cat(new List<Tensor> { flat, bias?.unsqueeze(1) ?? zeros(new[] { flat.shape[0], 1 }, flat.dtype, flat.device) }, 1);
    }

    /// <summary>step ← step + ν·γ·θ, θ ← θ − η·step.</summary>
    /// <param name="step">Of the gradient's shape.</param>
    /// <param name="shortening">ν, a scalar; null for 1.</param>
    protected void MoveBy(Tensor step, Tensor? shortening)
    {
        using var scope = NewDisposeScope();
        var columns = step.dim() == 2 && Bias is not null ? step.shape[1] - 1 : -1;
        var weight = Weight.detach();
        Move(weight, (columns < 0 ? step : step.narrow(1, 0, columns)).reshape(weight.shape), DecaysWeight, shortening);
        if (columns >= 0)
        {
            Move(Bias!.detach(), step.select(1, columns), DecaysBias, shortening);
        }
    }

    private Tensor NewMomentum() => zeros(Form.Shape, Form.Type, Weight.device).DetachFromDisposeScope();

    private void Move(Tensor parameter, Tensor step, bool decays, Tensor? shortening)
    {
        var decay = decays ? Group.Options.WeightDecay : 0;
        if (decay != 0)
        {
            if (shortening is null)
            {
                step.AddInPlace(parameter, decay);
            }
            else
            {
                step.AddProductInPlace(parameter, shortening, decay);
            }
        }

        parameter.AddInPlace(step, -Group.LearningRate * RateFactor);
    }
}
