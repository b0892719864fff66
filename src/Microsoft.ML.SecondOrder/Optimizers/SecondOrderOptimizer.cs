using System.Globalization;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Optimizers;

/// <summary>
/// Trains a TorchSharp model by a second-order method: a <see cref="optim.Optimizer"/> like any other, with learning-rate
/// schedulers, except that it takes the model, whose layers it listens to, instead of a list of parameters.
/// </summary>
/// <remarks>
/// Create it after the model was moved to its device and type. Layers must be reached by <c>call()</c>, not <c>forward()</c>.
/// Methods with <see cref="LayerPreconditionerOptions"/> serve dense and convolutional layers; parameters without such a layer
/// are trained by a second method, AdamW unless another is given, and listed by <see cref="Summary"/>. Methods with
/// <see cref="ParameterPreconditionerOptions"/> serve every parameter. Owns its state and its hooks; borrows the model.
/// </remarks>
public sealed partial class SecondOrderOptimizer : optim.Optimizer, optim.IMomentum
{
    private const double UsualDamping = 0.01;

    private readonly List<OptimizedPart> _parts = [];
    private readonly List<OptimizedLayer> _layers = [];
    private readonly List<OptimizedParameter> _fallback = [];
    private readonly LayerParamGroup _fallbackGroup;
    private readonly ExampleCounter? _examples;
    private readonly List<string> _untrained = [];
    private readonly IReadOnlyList<string> _frozen;
    private readonly IReadOnlyList<(string Layer, string With, bool IsSeen)> _tied;
    private readonly nn.Module _model;
    private readonly HashSet<string> _names;
    private readonly double? _normConstraint;
    private double? _gradientClipping;
    private double? _promised;
    private bool _skip;
    private int _probes;
    private double _dampingFactor = 1;

    /// <summary>One method with the same settings for all layers.</summary>
    /// <param name="model">The model to train.</param>
    /// <param name="preconditioner">The method and its settings.</param>
    /// <param name="learningRate">Step size. Default 1e-3; at least 0.</param>
    /// <param name="momentum">Heavy-ball momentum on the preconditioned gradient. Default 0.9; in [0, 1).</param>
    /// <param name="weightDecay">γ, added as γ·θ to the preconditioned gradient. Default 0; at least 0.</param>
    /// <param name="normConstraint">See the other constructor. Default none.</param>
    /// <exception cref="ArgumentException">A setting is out of its range, or the model has no layer to precondition.</exception>
    public SecondOrderOptimizer(
        nn.Module model, PreconditionerOptions preconditioner, double learningRate = 1e-3, double momentum = 0.9, double weightDecay = 0, double? normConstraint = null)
        : this(
            model,
            [new LayerGroup(preconditioner) { LearningRate = learningRate, Momentum = momentum, WeightDecay = weightDecay }],
            normConstraint)
    {
    }

    /// <summary>Groups of layers with settings of their own.</summary>
    /// <param name="model">The model to train.</param>
    /// <param name="groups">At least one. A layer that no group takes stays as it is.</param>
    /// <param name="normConstraint">
    /// κ, bounds the squared length of a step in the metric of the curvature: with U the preconditioned gradient and G the
    /// gradient, the step is shortened to at most √(κ / |Σ ⟨U, G⟩|) (Ba, Grosse and Martens, 2017, section 5, there with the
    /// learning rate inside). The bound is compared with each group's initial learning rate, so that schedules still shrink
    /// the step; weight decay is shortened alike. Null for none; must be above 0.
    /// </param>
    /// <param name="fallback">
    /// For parameters without a layer rule: a method that works parameter by parameter. Its learning rate follows the schedule
    /// of the first group. Null takes <see cref="AdamWOptions"/> with a learning rate of 1e-3 and without decay.
    /// </param>
    /// <exception cref="ArgumentException">A setting is out of its range, a named layer does not exist, or the model has no layer to precondition.</exception>
    public SecondOrderOptimizer(nn.Module model, IReadOnlyList<LayerGroup> groups, double? normConstraint = null, LayerGroup? fallback = null)
        : base(IntPtr.Zero)
    {
        ArgumentNullException.ThrowIfNull(model);
        fallback ??= new LayerGroup(new AdamWOptions());
        Check(groups, normConstraint, fallback);
        _normConstraint = normConstraint;
        _parameter_groups = [];
        _model = model;
        var parameters = ModelLayers.Distinct(model);
        _names = [.. parameters.Select(p => p.Name)];
        _frozen = [.. parameters.Where(p => !p.Parameter.requires_grad).Select(p => p.Name)];
        var layers = new ModelLayers(model);

        // All names are looked up before the first hook is registered, so that a wrong one leaves the model as it was.
        foreach (var (group, create) in groups.OrderBy(g => g.Layers is null).Select(g => (g, Claim(layers, g))).ToList())
        {
            var mine = new List<OptimizedPart>();
            var paramGroup = new LayerParamGroup(group, mine.SelectMany(l => l.Parameters));
            mine.AddRange(create.Select(c => c(paramGroup)));
            _parts.AddRange(mine);
            _parameter_groups.Add(paramGroup);
        }

        _layers.AddRange(_parts.OfType<OptimizedLayer>());
        _untrained.AddRange(layers.Unclaimed);
        _tied = layers.Tied;
        _fallbackGroup = new LayerParamGroup(fallback, _fallback.SelectMany(f => f.Parameters));
        _fallback.AddRange(layers.Uncovered().Select(p => new OptimizedParameter(p, (ParameterPreconditionerOptions)fallback.Preconditioner, fallback, _fallbackGroup)));
        _parts.AddRange(_fallback);
        if (groups.Append(fallback).Any(g => g.Preconditioner is ParameterPreconditionerOptions { NeedsExamples: true }))
        {
            _examples = new ExampleCounter(model);
        }

        Arm();
    }

    /// <summary>Steps made so far, skipped ones included.</summary>
    public long Steps { get; internal set; }

    /// <summary>The factor by which the loss was multiplied before the backward pass (loss scaling in low precision). Default 1.</summary>
    public double GradientScale { get; set; } = 1;

    /// <summary>
    /// Bound of the norm of the gradient of all trained parameters together, as of <c>nn.utils.clip_grad_norm_</c>: a longer gradient
    /// is preconditioned as if it were as long as the bound, and the curvature is that of the gradients as they were. Unit: that of
    /// the gradient of the unscaled loss. Default null: none; must be above 0. A setting, not saved with the state.
    /// </summary>
    /// <remarks>
    /// With U = P G the preconditioned gradient, c = min(1, bound/‖G‖) and the norm constraint's bound b = √(κ / |⟨U, G⟩|) of the whole gradient,
    /// the direction is min(c, b/η₀)·U: the stricter of both holds. Weight decay is not clipped; the norm constraint shortens it as much
    /// as it still has to shorten the clipped direction. Clipping gradients by hand before a step gives the same directions, but the
    /// preconditioner has to work on whole gradients then, which costs more where they have few rows. Methods with a momentum of their
    /// own, such as AdamW, average the clipped gradients.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0 and finite.</exception>
    public double? GradientClipping
    {
        get => _gradientClipping;
        set => _gradientClipping = value is null || (value > 0 && double.IsFinite(value.Value))
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(value), string.Create(CultureInfo.InvariantCulture, $"{nameof(GradientClipping)} must be above 0 and finite, but is {value}; null is for none."));
    }

    /// <summary>Where the draws of <see cref="ObserveCurvature"/> begin: equal seeds give equal draws at equal steps. Default 0. A setting, not saved with the state.</summary>
    public long Seed { get; set; }

    /// <summary>
    /// What the damping of every method is multiplied by, from its next use on; for inverses, when they are next renewed. Default 1;
    /// above 0. A setting, not saved with the state.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not above 0 and finite.</exception>
    public double DampingFactor
    {
        get => _dampingFactor;
        set
        {
            if (!(value > 0 && double.IsFinite(value)))
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "The factor of the damping must be above 0 and finite.");
            }

            _dampingFactor = value;
            _parts.ForEach(p => p.Preconditioner.DampingFactor = value);
        }
    }

    /// <summary>The momentum of the first group; setting it changes all groups.</summary>
    public double Momentum
    {
        get => ((LayerParamGroup)_parameter_groups[0]).Momentum;
        set
        {
            foreach (var group in _parameter_groups.Cast<LayerParamGroup>())
            {
                group.Momentum = value;
            }
        }
    }

    /// <summary>The decay of the weights of the first group; setting it changes all groups, but not the fallback.</summary>
    internal double WeightDecay
    {
        get => ((LayerParamGroup)_parameter_groups[0]).Options.WeightDecay;
        set
        {
            foreach (var group in _parameter_groups.Cast<LayerParamGroup>())
            {
                group.Options.WeightDecay = value;
            }
        }
    }

    internal IReadOnlyList<OptimizedLayer> Layers => _layers;

    /// <summary>λ of a layer's steps now, by its name; 0.01 where its method does not say.</summary>
    internal double DampingOf(string layer) => _layers.Find(l => l.Name == layer)?.Preconditioner.EffectiveDamping ?? UsualDamping;

    /// <summary>The layers, the parameters of methods that work parameter by parameter, and those of the fallback.</summary>
    internal IReadOnlyList<OptimizedPart> Parts => _parts;

    /// <summary>
    /// Whether each step looks if the gradients still are what the backward passes left at the layers. They are not where something changed
    /// them since (clipping by hand, noise) or where the loss has terms of the weights themselves. False is the promise that there is nothing
    /// of the kind: it saves reading the gradients once and, on a CUDA device, the only time that a step waits for the device.
    /// Default true. A setting, not saved with the state.
    /// </summary>
    public bool ChecksGradients { get; set; } = true;

    /// <summary>Whether gradients may be preconditioned by the few rows that they are made of. A test's switch.</summary>
    internal bool UsesRows { get; set; } = true;

    /// <inheritdoc/>
    public override void zero_grad()
    {
        foreach (var parameter in parameters().Concat(_fallbackGroup.Parameters))
        {
            using var gradient = parameter.grad;
            gradient?.ClearInPlace();
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<Parameter> parameters() => _parameter_groups.SelectMany(g => g.Parameters);

    /// <summary>Not supported: groups consist of layers and are given to the constructor.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void add_param_group(ParamGroup param_group) => throw new NotSupportedException(
        "A second-order optimizer listens to layers, not parameters: give all groups to its constructor.");

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _parts.ForEach(p => p.Dispose());
            _examples?.Dispose();
            _parts.Clear();
            _layers.Clear();
            _fallback.Clear();
        }

        base.Dispose(disposing);
    }

    private static List<Func<LayerParamGroup, OptimizedPart>> Claim(ModelLayers layers, LayerGroup group) => group.Preconditioner switch
    {
        LayerPreconditionerOptions options => [.. layers.ClaimLayers(group).Select<ModelLayer, Func<LayerParamGroup, OptimizedPart>>(l => g => new OptimizedLayer(l, options, group, g))],
        ParameterPreconditionerOptions options => [.. layers.ClaimParameters(group, options.JoinsBiases).Select<ModelParameter, Func<LayerParamGroup, OptimizedPart>>(p => g => new OptimizedParameter(p, options, group, g))],
        _ => throw new InvalidOperationException($"{group.Preconditioner.GetType().Name} is neither for layers nor for parameters."),
    };

    private static void Check(IReadOnlyList<LayerGroup> groups, double? normConstraint, LayerGroup fallback)
    {
        ArgumentNullException.ThrowIfNull(groups);
        var problems = groups.SelectMany(g => g.Problems()).Concat(fallback.Problems().Select(p => "The fallback: " + p)).ToList();
        if (fallback is not { Preconditioner: ParameterPreconditionerOptions, Layers: null })
        {
            problems.Add("The fallback must have a method that works parameter by parameter, such as new AdamWOptions(), and name no layers.");
        }

        if (groups.Count == 0)
        {
            problems.Add("At least one group of layers is needed.");
        }

        if (groups.Count(g => g.Layers is null) > 1)
        {
            problems.Add("Only one group can take all remaining layers; name the layers of the others.");
        }

        if (normConstraint is { } kappa && !(kappa > 0 && double.IsFinite(kappa)))
        {
            problems.Add($"The norm constraint must be above 0 and finite, but is {kappa}; pass null for none.");
        }

        if (problems.Count > 0)
        {
            throw new ArgumentException(string.Join(" ", problems), nameof(groups));
        }

        foreach (var group in groups.Append(fallback))
        {
            group.Preconditioner.Validated();
        }
    }
}
