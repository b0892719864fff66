using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Optimizers;

/// <summary>One layer of a model with its tap, its preconditioner and its momentum. Owns all three.</summary>
internal sealed class OptimizedLayer : IDisposable
{
    private readonly LayerRule _rule;
    private readonly LayerTap _tap;
    private readonly LayerPreconditioner _preconditioner;
    private readonly bool _decayBias;
    private Tensor? _momentum;

    public OptimizedLayer(string name, nn.Module<Tensor, Tensor> module, LayerRule rule, LayerGroup settings, LayerParamGroup group)
    {
        Name = name;
        Group = group;
        _rule = rule;
        _decayBias = settings.DecayBiases;
        var hasBias = rule.Bias is { requires_grad: true };
        var weight = rule.Weight;
        var outputs = weight.shape[0];
        var shape = new LayerShape(name, outputs, weight.numel() / outputs + (hasBias ? 1 : 0), hasBias, weight.dtype, weight.device);
        _preconditioner = settings.Preconditioner.Create(shape);
        _tap = new LayerTap(rule, module, settings.Preconditioner.Sharing, hasBias) { Completed = _preconditioner.Observe };
    }

    public string Name { get; }

    public LayerParamGroup Group { get; }

    public LayerPreconditioner Preconditioner => _preconditioner;

    public IEnumerable<Parameter> Parameters =>
        _preconditioner.Shape.HasBias ? [_rule.Weight, _rule.Bias!] : [_rule.Weight];

    /// <summary>Makes ready for the passes before a step.</summary>
    public void Arm(long step) => _tap.IsCollecting = _preconditioner.Observes(step);

    /// <summary>Updates the preconditioner from what the layer saw.</summary>
    public void Refresh(long step, double gradientScale)
    {
        CheckTapped();
        _tap.Drain();
        _preconditioner.Refresh(step, gradientScale);
    }

    /// <summary>Forgets what the layer saw.</summary>
    public void Discard()
    {
        _tap.Forget();
        _preconditioner.Discard();
    }

    /// <summary>The gradient of the joint weight [O, I] and its preconditioned form, or null where the layer has no gradient.</summary>
    public (Tensor Gradient, Tensor Direction)? Direction(double gradientScale)
    {
        using var weightGradient = _rule.Weight.grad;
        if (weightGradient is null)
        {
            return null;
        }

        var gradient = weightGradient.reshape(_preconditioner.Shape.Outputs, -1);
        if (_preconditioner.Shape.HasBias)
        {
            using var biasGradient = _rule.Bias!.grad;
            var column = biasGradient is null ? zeros(new[] { gradient.shape[0], 1 }, gradient.dtype, gradient.device) : biasGradient.unsqueeze(1);
            gradient = cat(new List<Tensor> { gradient, column }, 1);
        }

        gradient = gradientScale == 1 ? gradient : gradient.div(gradientScale);
        return (gradient, _preconditioner.Precondition(gradient));
    }

    /// <summary>buf ← μ·buf + ν·(U + γθ), θ ← θ − η·buf.</summary>
    /// <param name="direction">U: [O, I].</param>
    /// <param name="shortening">ν, a scalar; null for 1.</param>
    public void Apply(Tensor direction, Tensor? shortening)
    {
        var options = Group.Options;
        var update = direction;
        if (options.WeightDecay != 0)
        {
            update = update.add(Decayed(), options.WeightDecay);
        }

        if (shortening is not null)
        {
            update = update.mul(shortening);
        }

        if (options.Momentum != 0)
        {
            _momentum ??= zeros_like(update).DetachFromDisposeScope();
            _momentum.mul_(options.Momentum);
            _momentum.add_(update);
            update = _momentum;
        }

        var rate = Group.LearningRate;
        var columns = _preconditioner.Shape.Inputs - (_preconditioner.Shape.HasBias ? 1 : 0);
        _rule.Weight.add_(update.narrow(1, 0, columns).reshape(_rule.Weight.shape), -rate);
        if (_preconditioner.Shape.HasBias)
        {
            _rule.Bias!.add_(update.select(1, columns), -rate);
        }
    }

    /// <summary>Momentum buffer of the joint weight [O, I], or null before the first step.</summary>
    public Tensor? Momentum => _momentum;

    public void Dispose()
    {
        _tap.Dispose();
        _preconditioner.Dispose();
        _momentum?.Dispose();
    }

    /// <summary>θ as a joint weight [O, I], with zeros for a bias that does not decay.</summary>
    private Tensor Decayed()
    {
        var weight = _rule.Weight.detach().reshape(_preconditioner.Shape.Outputs, -1);
        if (!_preconditioner.Shape.HasBias)
        {
            return weight;
        }

        using var bias = _rule.Bias!.detach();
        var column = _decayBias ? bias.unsqueeze(1) : zeros_like(bias).unsqueeze(1);
        return cat(new List<Tensor> { weight, column }, 1);
    }

    /// <summary>A layer with a gradient that was never called was reached around its hooks.</summary>
    private void CheckTapped()
    {
        if (_tap.Calls > 0)
        {
            return;
        }

        using var gradient = _rule.Weight.grad;
        if (gradient is not null && gradient.count_nonzero().item<long>() > 0)
        {
            throw new InvalidOperationException(
                $"Layer '{Name}' has a gradient, but its hooks saw no forward pass since the last step. "
                + "Reach layers with call(), not forward(): TorchSharp runs hooks only in call().");
        }
    }
}
