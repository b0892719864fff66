using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Optimizers;

/// <summary>One layer of a model with its tap, its preconditioner and its momentum. Owns all three.</summary>
internal sealed class OptimizedLayer : OptimizedPart
{
    private readonly LayerRule _rule;
    private readonly LayerRule? _ruleOfBias;
    private readonly LayerTap _tap;
    private readonly LayerPreconditioner _preconditioner;
    private readonly LayerRows _rows;
    private readonly LayerPreconditionerOptions _options;
    private bool _observes;
    private bool _isProbed;
    private bool _isSeen;

    public OptimizedLayer(ModelLayer layer, LayerPreconditionerOptions options, LayerGroup settings, LayerParamGroup group)
        : base(layer.Name, group)
    {
        _rule = layer.Rule;
        _ruleOfBias = layer.WithBias;
        DecaysBias = settings.DecayBiases;
        var hasBias = _ruleOfBias is not null;
        var weight = _rule.Weight;
        var outputs = weight.shape[0];
        var shape = new LayerShape(Name, outputs, weight.numel() / outputs + (hasBias ? 1 : 0), hasBias, weight.dtype, weight.device) { KernelSize = _rule.KernelSize };
        _options = options;
        _preconditioner = _options.Create(shape);
        _rows = new LayerRows(_preconditioner);
        _tap = new LayerTap(options.Sharing) { Completed = Take, WithOutputs = _preconditioner.NeedsSecondPass };
        foreach (var member in layer.Others.Prepend(layer))
        {
            _tap.Add(member.Rule, member.Module, layer.BiasOf(member.Rule));
        }
    }

    public override LayerPreconditioner Preconditioner => _preconditioner;

    public override (ScalarType Type, long[] Shape) Form => (_preconditioner.Shape.Type, [_preconditioner.Shape.Outputs, _preconditioner.Shape.Inputs]);

    /// <summary>How the method is to be shown the curvature, where it observes the passes before this step and wants more than the loss's gradients; else null.</summary>
    public (FisherKind Kind, int Draws)? Awaits =>
        _observes && _options.Fisher != FisherKind.Empirical ? (_options.Fisher, _options.Fisher == FisherKind.Sampled ? _options.FisherDraws : 1) : null;

    /// <summary>Steps at which the method wanted to observe, but no backward pass reached the layer: its state stayed as it was.</summary>
    public long SkippedUpdates { get; private set; }

    /// <summary>Whether the method waits for the batch of the last step to be passed once more.</summary>
    public bool AwaitsSecondPass { get; private set; }

    /// <inheritdoc cref="LayerTap.IsBackpropagated"/>
    public bool IsBackpropagated => _tap.IsBackpropagated;

    /// <inheritdoc cref="LayerTap.Outputs"/>
    public IReadOnlyList<Tensor> TappedOutputs => _tap.Outputs;

    protected override Parameter Weight => _rule.Weight;

    protected override Parameter? Bias => _ruleOfBias?.Bias;

    protected override bool DecaysBias { get; }

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

    public override void Discard()
    {
        _tap.Forget();
        _rows.Clear();
        base.Discard();
    }

    /// <summary>Whether there are a gradient and rows that made it up when they were kept.</summary>
    public bool HasRows
    {
        get
        {
            using var gradient = _rule.Weight.grad;
            return gradient is not null && _rows.IsAvailable;
        }
    }

    /// <summary>
    /// Whether the rows that were kept still make up the weight's gradient, as a scalar tensor. They do not where the loss has terms of
    /// the weights themselves, or where gradients were changed before the step.
    /// </summary>
    public Tensor RowsMatchGradient()
    {
        using var gradient = _rule.Weight.grad!;
        return _rows.Match(gradient.reshape(_preconditioner.Shape.Outputs, -1));
    }

    /// <summary>The preconditioned gradient, or null where the layer has no gradient.</summary>
    /// <param name="gradientScale">The factor by which gradients are too large.</param>
    /// <param name="clip">What is left of the gradient, a scalar tensor; null for all.</param>
    /// <param name="fromRows">Whether the rows that were kept make up the gradient.</param>
    public Direction? Direction(double gradientScale, Tensor? clip, bool fromRows)
    {
        if (fromRows)
        {
            return _rows.Direction(gradientScale, clip);
        }

        return Joint(gradientScale)?.Clipped(clip) is { } gradient ? new FullDirection(_preconditioner.Precondition(gradient), gradient) : null;
    }

    /// <summary>⟨D, V⟩ + ½⟨D, F D⟩ of the step D = −η·buf that was just made, for the gradient V: a scalar tensor.</summary>
    public Tensor PromisedChange(double gradientScale)
    {
        using var scope = NewDisposeScope();
        var step = Momentum!.Times(-Group.LearningRate * RateFactor);
        var linear = step.mul(Joint(gradientScale)!).sum();
        return linear.to(float64).Plus(_preconditioner.CurvatureAlong(step).to(float64), 0.5).MoveToOuterDisposeScope();
    }

    public override Preconditioner NewPreconditioner() => _options.Create(_preconditioner.Shape);

    /// <summary>Frees what was kept for this step.</summary>
    public void Finish() => _rows.Clear();

    public override void Dispose()
    {
        _tap.Dispose();
        _rows.Clear();
        base.Dispose();
    }

    /// <summary>The gradient of the joint weight: [O, I].</summary>
    private Tensor? Joint(double gradientScale) => Gradient(gradientScale)?.reshape(Form.Shape);

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
