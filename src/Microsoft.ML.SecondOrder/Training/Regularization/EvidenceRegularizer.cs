using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>
/// Regularises a training by the evidence: looks at the curvature some dozen times, moves prior precisions and noise a few damped
/// steps, and adds the gradient of the prior, σ²δθ/N, to that of the mean loss; the optimizer's own decay is 0 then. Where the prior is the damped curvature
/// itself, the optimizer's decay is what is moved. Owns its rows.
/// </summary>
internal sealed class EvidenceRegularizer : IDisposable
{
    private const int Looks = 12;

    /// <summary>
    /// Passes over the rows before the first look. Earlier looks take for noise what is not learned yet, and a prior that follows keeps it from
    /// being learned; later ones come when few rows are known by heart.
    /// </summary>
    private const int PassesBefore = 6;

    /// <summary>Share of the steps before the first look: the least and, however long a pass takes, the most.</summary>
    private static readonly (double Least, double Most) _firstLook = (0.15, 0.25);

    private const double FirstLookOfClasses = 0.05;

    private const int MostRows = 1024;
    private const int MostExactOutputs = 3;

    /// <summary>Classes with fewer rows keep the weights of highest evidence; with more, those of the last step are as good.</summary>
    private const int FewestRowsOfLastState = 500;

    private readonly TrainingPlan _plan;
    private readonly RowsInHand _rows;
    private readonly SecondOrderOptimizer _optimizer;
    private readonly OnlineEvidence _evidence;
    private readonly IReadOnlyList<ModelLayer> _layers;
    private readonly List<long> _looks;
    private readonly BestLook? _best;
    private readonly Dictionary<string, Tensor> _pulls = [];
    private readonly long _seed;

    /// <param name="plan">Of a training by evidence.</param>
    /// <param name="prior">Which weights share a precision.</param>
    /// <param name="sharing">How layers that act at several positions are approximated.</param>
    /// <param name="outputs">Of the network.</param>
    /// <param name="task">What they mean.</param>
    /// <param name="rows">To learn from.</param>
    /// <param name="network">In training.</param>
    /// <param name="optimizer">Of the network.</param>
    /// <param name="device">The network's.</param>
    /// <param name="state">Seeds, and what was found before an interruption.</param>
    /// <param name="hasValidation">Whether rows to validate with tell which weights to keep.</param>
    public EvidenceRegularizer(
        TrainingPlan plan, PriorPrecision prior, WeightSharing sharing, int outputs, LearningTask task, RowSource rows, nn.Module<Tensor, Tensor> network, SecondOrderOptimizer optimizer, Device device, LoopState state, bool hasValidation)
    {
        (_plan, _optimizer, _seed) = (plan, optimizer, state.OptimizerSeed);
        _rows = new RowsInHand(plan, rows, task, device, MostRows);
        _layers = new ModelLayers(network).All;
        var isExact = outputs <= MostExactOutputs;
        _evidence = new OnlineEvidence(network, task.Likelihood, prior, new LaplaceOptions { Fisher = isExact ? FisherKind.Exact : FisherKind.Sampled, Sharing = sharing })
        {
            Damping = optimizer.DampingOf, MostDecay = plan.MostDecay,
        };
        var first = task.Likelihood.HasNoise ? Math.Clamp((double)PassesBefore * plan.Batches / plan.Steps, _firstLook.Least, _firstLook.Most) : FirstLookOfClasses;
        _looks = [.. Enumerable.Range(0, Looks).Select(i => (long)((first + (1 - first) * i / Looks) * plan.Steps))];
        _best = hasValidation || task.Likelihood.HasNoise || prior == PriorPrecision.Curvature || plan.Rows >= FewestRowsOfLastState ? null : new BestLook(network);
        if (_best is not null && state.BestLook is { } best)
        {
            _best.State = best;
        }

        if (state.HyperParameters is { } found)
        {
            _evidence.HyperParameters = found;
            Look(steps: 0, draw: -1);
        }
    }

    /// <summary>What was found; null before the first look.</summary>
    public HyperParameters? HyperParameters => _evidence.HyperParameters;

    /// <summary>γ, where that is what the evidence chooses and has chosen; else null.</summary>
    public double? Decay => _evidence.Decay;

    /// <summary>At the last look; null before the first.</summary>
    public Evidence? Evidence => _evidence.Evidence;

    /// <summary>The weights of highest evidence so far; null where they are not kept.</summary>
    public BestLookState? Best => _best?.State;

    /// <summary>Looks at the curvature where it is time to.</summary>
    /// <param name="step">The step to come.</param>
    public void Before(long step)
    {
        _best?.Add();
        if (_looks.IndexOf(step) is var look and >= 0)
        {
            try
            {
                Look(OnlineEvidence.UsualSteps, step);
                _best?.Measure(look, look == Looks - 1, HyperParameters!, () => _evidence.At(AddRows, _plan.Rows, SeedSequence.At(_seed, step, 1)).LogMarginalLikelihood);
            }
            catch (NumericalException)
            {
                // Weights that are no longer finite: the step itself says so, and is undone. Prior and noise stay as they were.
            }
        }
    }

    /// <summary>Adds the prior's gradient to that of the loss, where it is not a decay.</summary>
    public void AddGradients()
    {
        using var gradMode = no_grad();
        foreach (var layer in _layers)
        {
            if (_pulls.TryGetValue(layer.Name, out var pull))
            {
                using var scope = NewDisposeScope();
                var (weight, columns) = (layer.Rule.Weight, layer.Rule.Weight.numel() / layer.Rule.Weight.shape[0]);
                weight.grad?.AddProductInPlace(weight.detach(), pull.narrow(0, 0, columns).reshape([1, .. weight.shape[1..]]));
                if (layer.WithBias?.Bias is { } bias)
                {
                    bias.grad?.AddProductInPlace(bias.detach(), pull.narrow(0, columns, 1));
                }
            }
        }
    }

    public void Dispose()
    {
        _rows.Dispose();
        _best?.Dispose();
        ForgetPulls();
    }

    private void Look(int steps, long draw)
    {
        _evidence.Look(AddRows, _plan.Rows, steps, SeedSequence.At(_seed, draw, 1));
        _optimizer.WeightDecay = Decay ?? _optimizer.WeightDecay;

        ForgetPulls();
        foreach (var layer in _evidence.Layers)
        {
            // A pull above the damping would overshoot: what is preconditioned by (F + λ)⁻¹ goes back by at most its whole length.
            var most = _optimizer.DampingOf(layer.Layer);
            var weight = _layers.First(l => l.Name == layer.Layer).Rule.Weight;
            using var scope = NewDisposeScope();
            _pulls[layer.Layer] = tensor(layer.Pulls.Select(p => Math.Min(p, most)).ToArray(), weight.dtype, weight.device).DetachFromDisposeScope();
        }
    }

    private void AddRows(CurvatureSum sum)
    {
        foreach (var (inputs, targets, weights) in _rows.Portions)
        {
            sum.Add(inputs, targets, weights);
        }
    }

    private void ForgetPulls()
    {
        foreach (var pull in _pulls.Values)
        {
            pull.Dispose();
        }

        _pulls.Clear();
    }
}
