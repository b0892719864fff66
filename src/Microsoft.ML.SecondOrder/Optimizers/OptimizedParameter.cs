using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Optimizers;

/// <summary>One parameter of a model, or a dense layer's weight and bias, with a method that works from its gradient alone.</summary>
internal sealed class OptimizedParameter : OptimizedPart
{
    private readonly ModelParameter _source;
    private readonly ParameterPreconditionerOptions _options;
    private readonly ParameterPreconditioner _preconditioner;
    private readonly bool _decaysAll;
    private Parameter _weight;
    private Parameter? _bias;
    private bool _isSampled;

    public OptimizedParameter(ModelParameter source, ParameterPreconditionerOptions options, LayerGroup settings, LayerParamGroup group)
        : base(source.Name, group)
    {
        (_source, _options, _decaysAll) = (source, options, settings.DecayBiases);
        (_weight, _bias) = source.Find();
        _preconditioner = options.Create(new ParameterShape(source.Name, Sizes(), _weight.dtype, _weight.device));
    }

    public override ParameterPreconditioner Preconditioner => _preconditioner;

    public override (ScalarType Type, long[] Shape) Form => (_preconditioner.Shape.Type, [.. _preconditioner.Shape.Sizes]);

    protected override Parameter Weight => _weight;

    protected override Parameter? Bias => _bias;

    protected override bool DecaysWeight => _decaysAll || _weight.dim() > 1;

    protected override bool DecaysBias => _decaysAll;

    /// <summary>Shows the method a gradient for drawn targets; nothing where the outputs do not depend on the parameter.</summary>
    public void ObserveSample(Tensor? weightGradient, Tensor? biasGradient, long examples)
    {
        if (weightGradient is not null)
        {
            using var scope = NewDisposeScope();
            _preconditioner.ObserveSample(Joined(weightGradient, biasGradient), examples);
            _isSampled = true;
        }
    }

    /// <summary>Updates the method by the gradient; the preconditioned gradient, or null where there is none.</summary>
    /// <param name="gradientScale">The factor by which gradients are too large.</param>
    /// <param name="clip">What is left of the gradient, a scalar tensor; null for all.</param>
    /// <param name="step">The number of the step, from 0.</param>
    /// <param name="examples">The examples of the step, where someone counts.</param>
    /// <exception cref="InvalidOperationException">The method needs examples, and none were counted.</exception>
    public Direction? Direction(double gradientScale, Tensor? clip, long step, long examples)
    {
        if (Gradient(gradientScale) is not { } gradient)
        {
            return null;
        }

        if (examples == 0 && _options.NeedsExamples)
        {
            throw new InvalidOperationException(
                $"'{Name}' has a gradient, but the model saw no examples since the last step. Run it by call(), not forward(), "
                + $"in training mode, or set the BatchSize of {_options.GetType().Name}.");
        }

        if (_preconditioner.AwaitsSample(step) && !_isSampled)
        {
            throw new InvalidOperationException(
                $"'{Name}' was to see a gradient for sampled targets at this step, but was shown nothing. Call ObserveCurvature(outputs, likelihood) "
                + $"between the forward pass and backward(), or set the Fisher of {_options.GetType().Name} to Empirical.");
        }

        _isSampled = false;

        // Running means see the clipped gradient. Other directions are proportional to the gradient once the state is updated.
        return _preconditioner.OwnsMomentum
            ? new FullDirection(_preconditioner.Precondition(gradient.Clipped(clip), step, examples), gradient.Clipped(clip))
            : new FullDirection(_preconditioner.Precondition(gradient, step, examples).Clipped(clip), gradient.Clipped(clip));
    }

    /// <inheritdoc/>
    public override void Apply(Direction direction, Tensor? shortening)
    {
        if (_preconditioner.OwnsMomentum)
        {
            MoveBy(((FullDirection)direction).Shortened(shortening), shortening);
            return;
        }

        base.Apply(direction, shortening);
    }

    public override Preconditioner NewPreconditioner() => _options.Create(_preconditioner.Shape);

    /// <inheritdoc/>
    public override void Discard()
    {
        _isSampled = false;
        base.Discard();
    }

    /// <inheritdoc/>
    public override void To(Device device)
    {
        (_weight, _bias) = _source.Find();
        base.To(device);
    }

    private long[] Sizes() => _bias is null ? _weight.shape : [_weight.shape[0], _weight.shape[1] + 1];
}
