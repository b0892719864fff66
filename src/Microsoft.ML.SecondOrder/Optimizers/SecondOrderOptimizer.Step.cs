using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Optimizers;

/// <content>Steps, and what is shown to the methods between them.</content>
public sealed partial class SecondOrderOptimizer
{
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
