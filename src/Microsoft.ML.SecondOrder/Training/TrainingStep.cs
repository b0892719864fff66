using System.Collections.Immutable;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>One update of the weights from one batch, taken back where numbers are no longer finite. Owns what it needs for that.</summary>
internal sealed class TrainingStep(
    TrainingPlan plan, LearningTask task, Batches batches, nn.Module<Tensor, Tensor> network, SecondOrderOptimizer optimizer, ImmutableArray<TargetScaling> scalings) : IDisposable
{
    /// <summary>A step that fails leads back to at most so many steps before.</summary>
    private const int StepsBetweenSnapshots = 10;

    private const double LeastDampingFactor = 1e-12;

    private readonly OptimizerSnapshot _good = new(network, optimizer);
    private int _sinceSnapshot;

    /// <summary>Adds the gradient of a prior; null for none. Borrowed.</summary>
    public EvidenceRegularizer? Regularizer { get; init; }

    /// <summary>Learns how images are changed; null for nothing. Borrowed.</summary>
    public AugmentationSearch? Augmentation { get; init; }

    /// <summary>The learning rate of the last step.</summary>
    public double LearningRate { get; private set; }

    /// <summary>Makes one step from the current batch.</summary>
    /// <returns>The sums over its rows, or what went wrong; weights and optimizer are then as at the last snapshot.</returns>
    public (double LossSum, double FigureSum, string? Failure) Run(long step, TimeSpan elapsed, Recovery recovery)
    {
        LearningRate = plan.LearningRate * plan.Factor(plan.LearningRateSchedule, step, elapsed) * recovery.Rate;
        foreach (var group in optimizer.ParamGroups)
        {
            group.LearningRate = LearningRate;
        }

        optimizer.DampingFactor = Damping(step, elapsed, recovery);
        optimizer.WeightDecay = plan.Decay?.At(plan.Progress(step, elapsed)) ?? optimizer.WeightDecay;
        Regularizer?.Before(step);
        Augmentation?.Before(step);
        try
        {
            var (loss, figure) = Propagate();
            if (!double.IsFinite(loss))
            {
                return (0, 0, FormattableString.Invariant($"the loss of batch {step % plan.Batches + 1} of {plan.Batches} in epoch {step / plan.Batches + 1} of {plan.Epochs} is {loss}"));
            }

            KeepSnapshot();
            Regularizer?.AddGradients();
            optimizer.step();
            if (optimizer.NeedsSecondPass)
            {
                using var scope = NewDisposeScope();
                optimizer.ObserveSecondPass(Enumerable.Range(0, batches.Parts).Select(Loss).Aggregate((sum, loss) => sum.Plus(loss)));
            }

            return (loss * batches.Rows, figure, null);
        }
        catch (NumericalException failure)
        {
            return (0, 0, char.ToLowerInvariant(failure.Message[0]) + failure.Message[1..].TrimEnd('.'));
        }
    }

    /// <summary>Goes back to the last snapshot, and raises the damping of what is kept there.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Undo(long step, TimeSpan elapsed, Recovery recovery)
    {
        if (!_good.IsTaken)
        {
            return false;
        }

        _good.Restore();
        _sinceSnapshot = StepsBetweenSnapshots;
        optimizer.DampingFactor = Damping(step, elapsed, recovery);
        try
        {
            optimizer.RenewDamping();
        }
        catch (NumericalException)
        {
            // The next step meets it again, and counts it.
        }

        return true;
    }

    /// <summary>Whether weights and loss of the batch are finite after the step.</summary>
    public bool IsSound()
    {
        using var gradMode = no_grad();
        return WeightsAreFinite() && Enumerable.Range(0, batches.Rows == 0 ? 0 : batches.Parts).All(part =>
        {
            using var scope = NewDisposeScope();
            return double.IsFinite(Loss(part).ToDouble());
        });
    }

    /// <summary>Takes the next good step's weights for a snapshot: where another process may go on from.</summary>
    public void SnapshotNext() => _sinceSnapshot = StepsBetweenSnapshots;

    public void Dispose() => _good.Dispose();

    /// <summary>Asks the device once.</summary>
    private bool WeightsAreFinite()
    {
        using var scope = NewDisposeScope();
        var parts = network.parameters().Select(p => p.isfinite().all()).ToList();
        return parts.Count == 0 || stack(parts).all().item<bool>();
    }

    /// <summary>What a part adds to the batch's mean loss, with its graph.</summary>
    private Tensor Loss(int part)
    {
        var micro = batches.Part(part);
        var mean = task.Likelihood.Loss(network.call(micro.Inputs), micro.Targets, micro.Weights);
        return micro.Share == 1 ? mean : mean.Times(micro.Share);
    }

    private double Damping(long step, TimeSpan elapsed, Recovery recovery) =>
        Math.Max(LeastDampingFactor, plan.Factor(plan.DampingSchedule, step, elapsed) * recovery.Damping);

    /// <summary>The loss with these weights was finite: they are good.</summary>
    private void KeepSnapshot()
    {
        if (!_good.IsTaken || ++_sinceSnapshot >= StepsBetweenSnapshots)
        {
            _good.Take();
            _sinceSnapshot = 0;
        }
    }

    /// <summary>Leaves the batch's gradients in the parameters, and shows its curvature; returns mean loss and sum of figures.</summary>
    private (double Loss, double Figure) Propagate()
    {
        optimizer.zero_grad();
        double loss = 0, figure = 0;
        for (var part = 0; part < batches.Parts && double.IsFinite(loss); part++)
        {
            using var scope = NewDisposeScope();
            var micro = batches.Part(part);
            var outputs = network.call(micro.Inputs); // [B, O]
            var mean = task.Likelihood.Loss(outputs, micro.Targets, micro.Weights);
            loss += mean.ToDouble() * micro.Share;
            figure += Figures.Sum(task, outputs, batches.TargetValues(micro.First, micro.Rows), micro.Rows, scalings.AsSpan());
            if (double.IsFinite(loss))
            {
                // Squares of the vectors are to count as in the whole batch: w/W for a row, where the pass gives share² N w/(n Wₚ).
                optimizer.ObserveCurvature(
                    outputs, task.Likelihood, micro.Targets, micro.Weights, Math.Sqrt(micro.Share * micro.Rows / batches.Rows));
                (micro.Share == 1 ? mean : mean.Times(micro.Share)).backward();
            }
        }

        return (loss, figure);
    }
}
