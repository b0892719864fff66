using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Optimizers;

/// <summary>One layer of a model with its tap, its preconditioner and its momentum. Owns all three.</summary>
internal sealed class OptimizedLayer : IDisposable
{
    private readonly LayerRule _rule;
    private readonly LayerRule? _ruleOfBias;
    private readonly LayerTap _tap;
    private readonly LayerPreconditioner _preconditioner;
    private readonly LayerRows _rows;
    private readonly PreconditionerOptions _options;
    private readonly bool _decayBias;
    private Tensor? _momentum;
    private bool _observes;
    private bool _isProbed;
    private bool _isSeen;

    public OptimizedLayer(ModelLayer layer, LayerGroup settings, LayerParamGroup group)
    {
        Name = layer.Name;
        Group = group;
        _rule = layer.Rule;
        _ruleOfBias = layer.WithBias;
        _decayBias = settings.DecayBiases;
        var hasBias = _ruleOfBias is not null;
        var weight = _rule.Weight;
        var outputs = weight.shape[0];
        var shape = new LayerShape(Name, outputs, weight.numel() / outputs + (hasBias ? 1 : 0), hasBias, weight.dtype, weight.device) { KernelSize = _rule.KernelSize };
        _options = settings.Preconditioner;
        _preconditioner = _options.Create(shape);
        _rows = new LayerRows(_preconditioner);
        _tap = new LayerTap(settings.Preconditioner.Sharing) { Completed = Take, WithOutputs = _preconditioner.NeedsSecondPass };
        foreach (var member in layer.Others.Prepend(layer))
        {
            _tap.Add(member.Rule, member.Module, layer.BiasOf(member.Rule));
        }
    }

    public string Name { get; }

    public LayerParamGroup Group { get; }

    public LayerPreconditioner Preconditioner => _preconditioner;

    public IEnumerable<Parameter> Parameters =>
        _ruleOfBias is null ? [_rule.Weight] : [_rule.Weight, _ruleOfBias.Bias!];

    /// <summary>Momentum buffer of the joint weight [O, I], or null before the first step.</summary>
    public Tensor? Momentum => _momentum;

    /// <summary>How the method is to be shown the curvature, where it observes the passes before this step and wants more than the loss's gradients; else null.</summary>
    public (FisherKind Kind, int Draws)? Awaits =>
        _observes && _options.Fisher != FisherKind.Empirical ? (_options.Fisher, _options.Fisher == FisherKind.Sampled ? _options.FisherDraws : 1) : null;

    /// <summary>Steps at which the method wanted to observe, but no backward pass reached the layer: its state stayed as it was.</summary>
    public long SkippedUpdates { get; private set; }

    /// <summary>Whether the method waits for the batch of the last step to be passed once more.</summary>
    public bool AwaitsSecondPass { get; private set; }

    /// <summary>What the group's learning rate is multiplied by for this layer alone.</summary>
    public double RateFactor { get; set; } = 1;

    /// <inheritdoc cref="LayerTap.IsBackpropagated"/>
    public bool IsBackpropagated => _tap.IsBackpropagated;

    /// <inheritdoc cref="LayerTap.Outputs"/>
    public IReadOnlyList<Tensor> TappedOutputs => _tap.Outputs;

    private long WeightColumns => _preconditioner.Shape.Inputs - (_preconditioner.Shape.HasBias ? 1 : 0);

    /// <summary>Makes ready for the passes before a step.</summary>
    public void Arm(long step)
    {
        _observes = _preconditioner.Observes(step);
        AwaitsSecondPass = false;
        _isProbed = false;
        _isSeen = false;
        _tap.Arm(rows => _observes || _preconditioner.PrefersRows(rows));
    }

    /// <summary>Makes ready for the second pass of the batch that the step was made with, where the method needs one.</summary>
    public void ArmSecondPass()
    {
        AwaitsSecondPass = _preconditioner.NeedsSecondPass && _observes && _isSeen;
        _tap.Arm(_ => AwaitsSecondPass);
    }

    /// <summary>Shows the preconditioner, in the second pass, gradients that were propagated back to <see cref="TappedOutputs"/>.</summary>
    public void ProbeAgain(IReadOnlyList<Tensor?> gradients)
    {
        using var scope = NewDisposeScope();
        if (_tap.Probe([gradients], keeps: false) is { } sample)
        {
            _preconditioner.ObserveAgain(sample);
        }
    }

    /// <summary>Updates the preconditioner from the second pass.</summary>
    public void RefreshAgain(double gradientScale)
    {
        _tap.Drain();
        if (AwaitsSecondPass)
        {
            _preconditioner.RefreshAgain(gradientScale);
        }
    }

    /// <summary>Shows the preconditioner vectors that were propagated back to <see cref="TappedOutputs"/>.</summary>
    public void Probe(IReadOnlyList<IReadOnlyList<Tensor?>> vectors)
    {
        using var scope = NewDisposeScope();
        if (_tap.Probe(vectors, keeps: _tap.Outputs.Any(o => _preconditioner.PrefersRows(o.numel() / _preconditioner.Shape.Outputs))) is { } sample)
        {
            _preconditioner.Observe(sample);
            _isProbed = true;
            _isSeen = true;
        }
    }

    /// <summary>Updates the preconditioner from what the layer saw.</summary>
    public void Refresh(long step, double gradientScale)
    {
        CheckTapped();
        _tap.Drain();
        SkippedUpdates += _observes && !_isSeen ? 1 : 0;
        _preconditioner.Refresh(step, gradientScale);
    }

    /// <summary>Forgets what the layer saw.</summary>
    public void Discard()
    {
        _tap.Forget();
        _rows.Clear();
        _preconditioner.Discard();
    }

    /// <summary>
    /// Whether the rows that were kept still make up the weight's gradient, as a scalar tensor; null without rows. They do
    /// not where the loss has terms of the weights themselves, or where gradients were changed before the step.
    /// </summary>
    public Tensor? RowsMatchGradient()
    {
        using var gradient = _rule.Weight.grad;
        return gradient is null ? null : _rows.Match(gradient.reshape(_preconditioner.Shape.Outputs, -1));
    }

    /// <summary>The preconditioned gradient, or null where the layer has no gradient.</summary>
    /// <param name="gradientScale">The factor by which gradients are too large.</param>
    /// <param name="clip">What is left of the gradient, a scalar tensor; null for all.</param>
    /// <param name="fromRows">Whether the rows that were kept make up the gradient.</param>
    public Direction? Direction(double gradientScale, Tensor? clip, bool fromRows)
    {
        using var weightGradient = _rule.Weight.grad;
        if (weightGradient is null)
        {
            return null;
        }

        if (fromRows)
        {
            return _rows.Direction(gradientScale, clip);
        }

        var gradient = JointGradient(weightGradient, gradientScale).Clipped(clip);
        return new FullDirection(_preconditioner.Precondition(gradient), gradient);
    }

    /// <summary>buf ← μ·buf + ν·(U + γθ), θ ← θ − η·buf.</summary>
    /// <param name="direction">U: [O, I].</param>
    /// <param name="shortening">ν, a scalar; null for 1.</param>
    public void Apply(Direction direction, Tensor? shortening)
    {
        var options = Group.Options;
        _momentum ??= NewMomentum();
        direction.AddTo(_momentum, options.Momentum, shortening);
        using var weightStep = _momentum.narrow(1, 0, WeightColumns);
        using var weight = _rule.Weight.detach().reshape(_preconditioner.Shape.Outputs, WeightColumns);
        Move(weight, weightStep, options.WeightDecay, shortening);
        if (_ruleOfBias is not null)
        {
            using var biasStep = _momentum.select(1, WeightColumns);
            using var bias = _ruleOfBias.Bias!.detach();
            Move(bias, biasStep, _decayBias ? options.WeightDecay : 0, shortening);
        }
    }

    /// <summary>⟨D, V⟩ + ½⟨D, F D⟩ of the step D = −η·buf that was just made, for the gradient V: a scalar tensor.</summary>
    public Tensor PromisedChange(double gradientScale)
    {
        using var scope = NewDisposeScope();
        using var weightGradient = _rule.Weight.grad!;
        var step = _momentum!.Times(-Group.LearningRate * RateFactor);
        var linear = step.mul(JointGradient(weightGradient, gradientScale)).sum();
        return linear.to(float64).Plus(_preconditioner.CurvatureAlong(step).to(float64), 0.5).MoveToOuterDisposeScope();
    }

    /// <summary>A preconditioner of the same layer and settings in its first state.</summary>
    public LayerPreconditioner NewPreconditioner() => _options.Create(_preconditioner.Shape);

    /// <summary>Creates the momentum buffer as zeros, or takes it away.</summary>
    public void PrepareMomentum(bool exists)
    {
        _momentum?.Dispose();
        _momentum = exists ? NewMomentum() : null;
    }

    /// <summary>Moves the state to another device.</summary>
    public void To(Device device)
    {
        Discard();
        using var scope = NewDisposeScope();
        _preconditioner.To(device);
        if (_momentum is { } momentum)
        {
            _momentum = momentum.to(device, copy: true).DetachFromDisposeScope();
            momentum.Dispose();
        }
    }

    /// <summary>Frees what was kept for this step.</summary>
    public void Finish() => _rows.Clear();

    public void Dispose()
    {
        _tap.Dispose();
        _rows.Clear();
        _preconditioner.Dispose();
        _momentum?.Dispose();
    }

    /// <summary>The gradient of [W b]: [O, I].</summary>
    private Tensor JointGradient(Tensor weightGradient, double gradientScale)
    {
        var gradient = weightGradient.reshape(_preconditioner.Shape.Outputs, -1);
        if (_ruleOfBias is not null)
        {
            using var biasGradient = _ruleOfBias.Bias!.grad;
            var column = biasGradient is null ? zeros(new[] { gradient.shape[0], 1 }, gradient.dtype, gradient.device) : biasGradient.unsqueeze(1);
            gradient = cat(new List<Tensor> { gradient, column }, 1);
        }

        return gradientScale == 1 ? gradient : gradient.Over(gradientScale);
    }

    private Tensor NewMomentum() => zeros(
        new[] { _preconditioner.Shape.Outputs, _preconditioner.Shape.Inputs }, _preconditioner.Shape.Type, _rule.Weight.device).DetachFromDisposeScope();

    /// <summary>buf ← buf + ν·γ·θ, θ ← θ − η·buf, on views.</summary>
    private void Move(Tensor parameter, Tensor buffer, double decay, Tensor? shortening)
    {
        if (decay != 0)
        {
            if (shortening is null)
            {
                buffer.AddInPlace(parameter, decay);
            }
            else
            {
                buffer.AddProductInPlace(parameter, shortening, decay);
            }
        }

        parameter.AddInPlace(buffer, -Group.LearningRate * RateFactor);
    }

    /// <summary>Receives what the layer saw in one pass.</summary>
    private void Take(LayerSample sample)
    {
        if (AwaitsSecondPass)
        {
            _preconditioner.ObserveAgain(sample);
            return;
        }

        _isSeen = true;
        if (_observes && _options.Fisher == FisherKind.Empirical)
        {
            _preconditioner.Observe(sample);
        }

        _rows.Offer(sample, _tap.Sharing);
    }

    /// <summary>A layer with a gradient that was never called was reached around its hooks.</summary>
    private void CheckTapped()
    {
        var isUnobserved = Awaits is not null && !_isProbed;
        if (_tap.Calls > 0 && !isUnobserved)
        {
            return;
        }

        using var gradient = _rule.Weight.grad;
        if (gradient is null || gradient.count_nonzero().item<long>() == 0)
        {
            return;
        }

        if (_tap.Calls == 0)
        {
            throw new InvalidOperationException(
                $"Layer '{Name}' has a gradient, but its hooks saw no forward pass since the last step. "
                + "Reach layers with call(), not forward(): TorchSharp runs hooks only in call().");
        }

        throw new InvalidOperationException(
            $"Layer '{Name}' was to observe the {_options.Fisher} Fisher matrix at this step, but was shown nothing. "
            + "Call ObserveCurvature(outputs, likelihood) between the forward pass and backward(), or set Fisher to Empirical.");
    }
}
