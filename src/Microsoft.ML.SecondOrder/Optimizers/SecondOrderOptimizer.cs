using System.Globalization;
using System.Text;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
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
public sealed class SecondOrderOptimizer : optim.Optimizer, optim.IMomentum
{
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

    internal IReadOnlyList<OptimizedLayer> Layers => _layers;

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

    /// <summary>
    /// Shows the methods the curvature of the model's own distribution; call it after the forward pass and before
    /// <c>backward()</c>. Vectors of the likelihood are propagated from the outputs to the layers and no further: no gradient
    /// of a parameter is formed or changed. (TNT works on parameters: for it their gradients are formed, apart from those of the
    /// loss.) Does nothing at steps at which no method observes, or all want the loss's gradients.
    /// </summary>
    /// <param name="outputs">What the model gave: [B, O], with its graph. Fold further axes into the first.</param>
    /// <param name="likelihood">What the outputs mean.</param>
    /// <param name="targets">The actual targets, for likelihoods whose curvature depends on them.</param>
    /// <param name="weights">Example weights [B] as in the loss; null counts every row once.</param>
    /// <param name="share">
    /// What the rows' mean loss is multiplied by in the loss: 1 for a mean over the batch, n/N for a micro-batch of n of its N
    /// rows, B for a sum. <see cref="GradientScale"/> is taken account of without it.
    /// </param>
    /// <exception cref="ArgumentException">The outputs have another shape or type, or no graph.</exception>
    /// <exception cref="InvalidOperationException">No layer was reached, or the backward pass has already been made.</exception>
    public void ObserveCurvature(Tensor outputs, Likelihood likelihood, Tensor? targets = null, Tensor? weights = null, double share = 1)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(likelihood);
        CurvaturePass.Check(outputs, weights, share);
        foreach (var group in _layers.Where(l => l.Awaits is not null).GroupBy(l => l.Awaits!.Value).ToList())
        {
            new CurvaturePass([.. group], outputs, weights, share * GradientScale)
                .Run(likelihood, targets, group.Key.Kind, group.Key.Draws, SeedSequence.At(Seed, Steps, _probes++));
        }

        var sampled = _parts.OfType<OptimizedParameter>().Where(p => p.Preconditioner.AwaitsSample(Steps)).ToList();
        if (sampled.Count > 0)
        {
            SampledGradients.Observe(sampled, outputs, likelihood, targets, weights, share, SeedSequence.At(Seed, Steps, _probes++));
        }
    }

    /// <summary>
    /// Levenberg-Marquardt: lets the layers whose options have an <c>Adaption</c> change their damping by what the last step did
    /// to the loss of its own batch. Takes effect when inverses are next renewed.
    /// </summary>
    /// <param name="before">The batch's loss before the step.</param>
    /// <param name="after">The loss of the same batch after it.</param>
    /// <exception cref="InvalidOperationException">No layer adapts its damping, or no step was made since the last call.</exception>
    public void AdaptDamping(double before, double after)
    {
        var promised = _promised ?? throw new InvalidOperationException(
            "AdaptDamping needs a step to judge: call it after step(), once, with options such as KfacOptions { Adaption = new DampingRule() }.");
        _layers.ForEach(l => l.Preconditioner.AdaptDamping(before, after, promised));
        _promised = null;
    }

    /// <summary>Brings what was computed with an earlier <see cref="DampingFactor"/> up to date at once.</summary>
    /// <exception cref="NumericalException">A factor cannot be inverted.</exception>
    internal void RenewDamping()
    {
        using var gradMode = no_grad();
        _parts.ForEach(p => p.Preconditioner.RenewDamping());
    }

    /// <summary>
    /// Whether a method waits for the batch of the last step to be passed through the model once more, at the new weights: by
    /// <see cref="ObserveSecondPass"/>, unless <see cref="step"/> was given a closure, which it then evaluates a second time.
    /// </summary>
    public bool NeedsSecondPass => _layers.Any(l => l.AwaitsSecondPass);

    /// <summary>
    /// Shows methods that learn from the change of gradients (K-BFGS) the batch of the last step at the new weights. Gradients
    /// are propagated from the loss to the layers and no further: no gradient of a parameter is formed or changed.
    /// </summary>
    /// <param name="loss">The loss of the batch that the step was made with, computed anew, with its graph; dropout must draw
    /// the same mask again. Multiplied by <see cref="GradientScale"/> like the one before the step.</param>
    /// <exception cref="ArgumentException">The loss is not one number with a graph.</exception>
    /// <exception cref="InvalidOperationException">No method waits for a second pass; see <see cref="NeedsSecondPass"/>.</exception>
    public void ObserveSecondPass(Tensor loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        if (!NeedsSecondPass)
        {
            throw new InvalidOperationException("No method waits for a second pass. Call ObserveSecondPass once after a step(), and only where NeedsSecondPass is true.");
        }

        SecondPass.Observe([.. _layers.Where(l => l.AwaitsSecondPass)], loss);
        EndSecondPass();
    }

    /// <summary>Makes the next <see cref="step"/> change nothing but the count of steps: for gradients that are not finite.</summary>
    public void SkipNextStep() => _skip = true;

    /// <summary>Makes one step from the gradients in the model's parameters.</summary>
    /// <param name="closure">
    /// Clears the gradients, computes the loss and its gradients anew; evaluated before the step, and where
    /// <see cref="NeedsSecondPass"/> once more after it. Optional.
    /// </param>
    /// <returns>The closure's loss, or null.</returns>
    /// <exception cref="InvalidOperationException">A layer was reached around its hooks, or a method was not shown the last batch again.</exception>
    public override Tensor step(Func<Tensor>? closure = null)
    {
        if (NeedsSecondPass)
        {
            throw new InvalidOperationException(
                $"Layer '{_layers.First(l => l.AwaitsSecondPass).Name}' was to see the batch of the last step again before the next step. "
                + "Where NeedsSecondPass is true after step(), compute the loss of the same batch anew and call ObserveSecondPass(loss), or give step() a closure.");
        }

        Tensor? loss = null;
        if (closure is not null)
        {
            using var gradMode = enable_grad();
            loss = closure();
        }

        using (no_grad())
        using (NewDisposeScope())
        {
            _promised = null;
            if (_skip)
            {
                _parts.ForEach(p => p.Discard());
            }
            else
            {
                Advance();
            }
        }

        _layers.ForEach(l => l.ArmSecondPass());
        Steps++;
        if (_skip || !NeedsSecondPass)
        {
            Arm();
        }
        else if (closure is not null)
        {
            using var gradMode = enable_grad();
            using var scope = NewDisposeScope();
            closure().Dispose();
            EndSecondPass();
        }

        _skip = false;
        return loss!;
    }

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

    /// <summary>Writes the whole state (factors, momenta, counts; not the weights) with a checksum, by the names of layers and parameters.</summary>
    /// <param name="stream">Written from its position on; stays open.</param>
    /// <exception cref="InvalidOperationException">A method waits for a second pass; see <see cref="NeedsSecondPass"/>.</exception>
    public void SaveState(Stream stream)
    {
        if (NeedsSecondPass)
        {
            throw new InvalidOperationException("The state is in the middle of a step. Call ObserveSecondPass(loss) before SaveState.");
        }

        OptimizerFile.Save(this, stream);
    }

    /// <summary>Reads what <see cref="SaveState"/> wrote, for a model of the same layers and the same settings; training goes on exactly as it would have.</summary>
    /// <param name="stream">Read from its position on; stays open.</param>
    /// <exception cref="FormatException">Not such a file, damaged, or of another model or settings; the state is then as before.</exception>
    public void LoadState(Stream stream) => OptimizerFile.Load(this, stream);

    /// <summary>Moves the state to another device, after the model was moved there.</summary>
    /// <param name="device">The model's new device.</param>
    /// <exception cref="InvalidOperationException">A weight that two modules had in common is two weights since the model was moved.</exception>
    public void to(Device device)
    {
        if (ModelLayers.Distinct(_model).Find(p => !_names.Contains(p.Name)).Name is { } parted)
        {
            throw new InvalidOperationException(
                $"The parameter '{parted}' was that of another module when the optimizer was made, but has been one of its own since the model was moved. "
                + "Assign the one module's parameter to the other again before moving the optimizer.");
        }

        using var gradMode = no_grad();
        _parts.ForEach(p => p.To(device));
        Arm();
    }

    /// <summary>What is trained how: layers, patterns, bytes of state without momentum, the fallback's parameters, and what is left alone.</summary>
    public string Summary()
    {
        var text = new StringBuilder();
        foreach (var part in _parts)
        {
            var bytes = part.Preconditioner.State.Values.SelectMany(t => t).Sum(t => t.numel() * t.ElementSize);
            var skipped = part is OptimizedLayer { SkippedUpdates: > 0 and var updates } ? $", {updates} updates skipped for want of a backward pass" : "";
            var reason = part.Group == _fallbackGroup ? ", for want of a layer rule" : part.Preconditioner.Reason is { } why ? $", because {why}" : "";
            text.AppendLine(CultureInfo.InvariantCulture, $"{Display(part.Name)}: {part.Preconditioner.Description}{reason}, {bytes:N0} bytes of state{skipped}");
        }

        foreach (var (name, with, isSeen) in _tied)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{Display(name)}: has the weight of {Display(with)}, which is trained there, with the curvature {(isSeen ? "of both" : "seen there")}");
        }

        foreach (var name in _untrained)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{Display(name)}: in no group, not trained");
        }

        foreach (var name in _frozen)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{name}: frozen, not trained");
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public override string ToString() => Summary();

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

    private static string Display(string layer) => layer.Length == 0 ? "(the model)" : layer;

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

    private void EndSecondPass()
    {
        using var gradMode = no_grad();
        using var scope = NewDisposeScope();
        _layers.ForEach(l => l.RefreshAgain(GradientScale));
        Arm();
    }

    internal void Arm()
    {
        _probes = 0;
        _examples?.Clear();
        _layers.ForEach(l => l.Arm(Steps));
    }

    private void Advance()
    {
        _layers.ForEach(l => l.Refresh(Steps, GradientScale));
        var fromRows = UsesRows ? LayerRows.Valid(_layers, ChecksGradients) : [];
        using var clip = StepLength.Clip(_parts.SelectMany(p => p.Parameters), GradientClipping, GradientScale);
        var moves = new List<(OptimizedPart Part, Direction Direction)>();
        foreach (var part in _parts.Where(p => p.Group != _fallbackGroup))
        {
            if (Direction(part, clip, fromRows) is { } direction)
            {
                moves.Add((part, direction));
            }
        }

        using var bound = StepLength.Bound([.. moves.Select(m => m.Direction)], _normConstraint);
        foreach (var (part, direction) in moves)
        {
            part.Apply(direction, bound?.Over(part.Group.InitialLearningRate).AtMost(1).to(part.Form.Type));
        }

        Promise([.. moves.Select(m => m.Part).OfType<OptimizedLayer>().Where(l => l.Preconditioner.AdaptsDamping)]);
        _layers.ForEach(l => l.Finish());

        var first = (LayerParamGroup)_parameter_groups[0];
        _fallbackGroup.LearningRate = _fallbackGroup.InitialLearningRate * (first.InitialLearningRate > 0 ? first.LearningRate / first.InitialLearningRate : 1);
        foreach (var part in _fallback)
        {
            if (Direction(part, clip, fromRows) is { } direction)
            {
                part.Apply(direction, null);
            }
        }
    }

    private Direction? Direction(OptimizedPart part, Tensor? clip, HashSet<OptimizedLayer> fromRows) => part is OptimizedLayer layer
        ? layer.Direction(GradientScale, clip, fromRows.Contains(layer))
        : ((OptimizedParameter)part).Direction(GradientScale, clip, Steps, _examples?.Examples ?? 0);

    /// <summary>Remembers the change of the loss that the layers' quadratic models expect of the step just made.</summary>
    private void Promise(List<OptimizedLayer> adapting) =>
        _promised = adapting.Count == 0 ? null : stack(adapting.Select(l => l.PromisedChange(GradientScale)).ToList()).sum().ToDouble();
}
