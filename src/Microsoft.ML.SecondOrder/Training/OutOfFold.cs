using Microsoft.ML.Runtime;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Trains networks in the same way on four fifths of the rows, and shows the rows that they have not seen.</summary>
internal sealed class OutOfFold(
    TrainingPlan plan, NetworkShape shape, LearningTask task, TrainingData data, TrainingSettings settings, Cancellation cancellation, IChannel channel, Device device)
{
    /// <summary>Rows that are kept in memory for it: of more, a random part.</summary>
    public const int MostRows = 20_000;

    private const int Folds = 5;

    /// <summary>Prepares a new network: given weights, frozen parameters.</summary>
    public Action<nn.Module>? Start { get; init; }

    /// <summary>Makes what is called before each step of a training, with its number; null for nothing.</summary>
    public Func<FoldNetwork, SecondOrderOptimizer, Action<long>>? Watch { get; init; }

    /// <summary>Rows that there are.</summary>
    public int Rows => Math.Min(data.Rows.Count, MostRows);

    /// <summary>Trainings, one to five, after which enough rows have been shown to a network that had not seen them.</summary>
    /// <param name="enough">So many rows; 1 for one training.</param>
    /// <param name="rows">That there are.</param>
    public static int Trainings(int enough, long rows) => (int)Math.Clamp(Math.Ceiling((double)enough * Folds / Math.Min(rows, MostRows)), 1, Folds);

    /// <summary>Trains one to five networks, until enough rows have been shown to a network that had not seen them.</summary>
    /// <param name="enough">So many rows; 1 for one training.</param>
    /// <param name="purpose">What the log says that it is for.</param>
    /// <param name="seed">Of the trainings.</param>
    /// <param name="measure">What to do with a network and the rows left out.</param>
    /// <returns>What was measured; fewer where the training was cancelled and is to return what it has.</returns>
    public List<T> Run<T>(int enough, string purpose, long seed, Func<FoldNetwork, IEnumerable<T>> measure)
    {
        var all = Copies();
        var folds = Trainings(enough, all.Count);
        var measured = new List<T>();
        try
        {
            for (var fold = 0; fold < folds; fold++)
            {
                channel.Info(MessageSensitivity.None, $"{purpose}: training {fold + 1} of {folds} without a fifth of the rows");
                measured.AddRange(Measure(all, fold, SeedSequence.At(seed, fold, 7), measure));
            }
        }
        catch (OperationCanceledException) when (settings.OnCancellation != CancellationBehavior.Throw)
        {
            channel.Warning(MessageSensitivity.None, $"{purpose}: cancelled after {measured.Count} rows");
        }

        return measured;
    }

    private List<T> Measure<T>(TrainingRows all, int number, ulong seed, Func<FoldNetwork, IEnumerable<T>> measure)
    {
        using var scope = NewDisposeScope();
        int[] order = [.. Enumerable.Range(0, all.Count)];
        var held = all.Of([.. order.Where(r => r % Folds == number)]);
        var kept = all.Of([.. order.Where(r => r % Folds != number)]);
        var part = plan with
        {
            Rows = kept.Count,
            Batches = (kept.Count + plan.BatchSize - 1) / plan.BatchSize,
            // The same prior of the weights: what is added to a mean loss grows as the rows become fewer.
            Regularization = plan.Regularization is WeightDecayRegularization decay ? Regularization.WeightDecay(decay.Rate * all.Count / kept.Count) : plan.Regularization,
            Decay = plan.Decay?.Times((double)all.Count / kept.Count),
        };
        using var learned = new MemoryRows(kept, unchecked((long)seed));
        using var source = data.Rows.Around(learned, unchecked((long)seed));
        using var others = new MemoryRows(held, 0);
        using var unseen = new RowsInHand(part with { Rows = held.Count }, others, task, device, MostRows);
        using var training = new SideTraining(part, shape, device, unchecked((long)seed), Start);
        var fold = new FoldNetwork(training.Network, part, learned, unseen, Found: null);
        training.BeforeStep = Watch?.Invoke(fold, training.Optimizer);
        var outcome = training.Run(task, data with { Rows = source }, settings, cancellation, channel);
        return [.. measure(fold with { Found = outcome.State.HyperParameters })];
    }

    /// <summary>Rows in memory, in the random order of epoch 1.</summary>
    private TrainingRows Copies()
    {
        var (source, count) = (data.Rows.Plain, Rows);
        var features = new FloatRows(source.Inputs);
        var (labels, weights) = (new float[count * source.Targets], source.HasWeights ? new float[count] : []);
        source.Begin(1);
        for (var r = 0; r < count; r++)
        {
            var weight = source.Next(features.Add(), labels.AsSpan(r * source.Targets, source.Targets));
            if (weights.Length > 0)
            {
                weights[r] = weight;
            }
        }

        return new TrainingRows(features, labels, weights);
    }
}

/// <summary>A network that was trained without some of the rows.</summary>
/// <param name="Network">With its weights.</param>
/// <param name="Plan">Of its training.</param>
/// <param name="Learned">The rows that it learned from.</param>
/// <param name="Unseen">The others.</param>
/// <param name="Found">By the evidence; null where it did not regularise.</param>
internal sealed record FoldNetwork(nn.Module<Tensor, Tensor> Network, TrainingPlan Plan, RowSource Learned, RowsInHand Unseen, HyperParameters? Found);
