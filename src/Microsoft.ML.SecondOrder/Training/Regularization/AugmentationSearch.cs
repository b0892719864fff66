using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>
/// Learns how strongly images are changed (LILA: Immer et al., 2022, arXiv 2202.10638): uphill in the evidence of a network whose outputs are the mean over changed
/// images of a row, along parabolas through three strengths with the same rows and draws. The prior is the training's: what the evidence has chosen, or the decay.
/// Owns its rows.
/// </summary>
internal sealed class AugmentationSearch : IDisposable
{
    /// <summary>How often strengths are moved in a training.</summary>
    private const int Looks = 20;

    /// <summary>S: changed images of each row.</summary>
    private const int Draws = 8;

    /// <summary>Rows of a look, others each time. With the exact curvature they tell more than eight times as many with drawn labels.</summary>
    private const int LookRows = 32;

    /// <summary>Vectors a row; for so many outputs the curvature is exact.</summary>
    private const int Vectors = 16;

    /// <summary>Distance of the strengths that are compared, in the logarithm.</summary>
    private const double Width = 0.25;

    /// <summary>Longest step in the logarithm, at the first and at the last look.</summary>
    private const double FirstStep = 0.5, LastStep = 0.05;

    /// <summary>Nats a row: a parabola that is bent less counts as bent so much, so that evidence that hardly tells strengths apart hardly moves them.</summary>
    private const double LeastBend = 0.2;

    /// <summary>Share of the steps before the first look.</summary>
    private const double FirstLook = 0.05;

    private const int MostRows = 1024;

    /// <summary>Images that are propagated together, where batches have fewer.</summary>
    private const int LeastAtOnce = 128;

    private const int Stream = 1 << 21;

    private static readonly ImmutableArray<Strength> _strengths =
    [
        new(a => a.Shift, (a, value) => a with { Shift = value }, images => images.ShortestSide / 2.0),
        new(a => a.Rotation, (a, value) => a with { Rotation = value }, _ => 180),
        new(a => a.Crop, (a, value) => a with { Crop = value }, _ => 0.7),
    ];

    private readonly TrainingPlan _plan;
    private readonly AugmentedRows _images;
    private readonly LearningTask _task;
    private readonly nn.Module<Tensor, Tensor> _network;
    private readonly SecondOrderOptimizer _optimizer;
    private readonly RowsInHand _rows;
    private readonly LaplaceOptions _options;
    private readonly ImmutableArray<(int Portion, long First, long Count)> _pieces;
    private readonly List<long> _looks;
    private readonly long _seed;

    /// <param name="plan">Of the training.</param>
    /// <param name="outputs">Of the network.</param>
    /// <param name="task">What they mean.</param>
    /// <param name="images">Whose strengths are learned; borrowed.</param>
    /// <param name="network">In training.</param>
    /// <param name="optimizer">Of the network.</param>
    /// <param name="device">The network's.</param>
    /// <param name="state">Seeds, and strengths found before an interruption.</param>
    public AugmentationSearch(
        TrainingPlan plan, int outputs, LearningTask task, AugmentedRows images, nn.Module<Tensor, Tensor> network, SecondOrderOptimizer optimizer, Device device, LoopState state)
    {
        (_plan, _images, _task, _network, _optimizer, _seed) = (plan, images, task, network, optimizer, state.OptimizerSeed);
        images.Augmentation = state.Augmentation ?? images.Augmentation;
        _rows = new RowsInHand(plan, images.Plain, task, device, MostRows);
        _pieces = [.. _rows.Portions.SelectMany((p, i) => Pieces(i, p.Inputs.shape[0]))];
        _options = new LaplaceOptions
        {
            Fisher = outputs <= Vectors ? FisherKind.Exact : FisherKind.Sampled, Draws = Vectors,
            Sharing = (plan.Regularization as MarginalLikelihoodRegularization)?.Sharing ?? WeightSharing.Reduce,
        };
        _looks = [.. Enumerable.Range(0, Looks).Select(i => (long)((FirstLook + (1 - FirstLook) * i / Looks) * plan.Steps))];
    }

    /// <summary>Chooses the prior; null where it is the optimizer's decay. Borrowed.</summary>
    public EvidenceRegularizer? Regularizer { get; init; }

    /// <summary>The strengths now.</summary>
    public ImageAugmentation Now => _images.Augmentation;

    /// <summary>Moves the strengths where it is time to.</summary>
    /// <param name="step">The step to come.</param>
    public void Before(long step)
    {
        var look = _looks.IndexOf(step);
        if (look < 0 || (Regularizer is not null && Regularizer.HyperParameters is null))
        {
            return;
        }

        try
        {
            Look(look);
        }
        catch (NumericalException)
        {
            // Weights that are no longer finite: the step itself says so, and is undone. The strengths stay as they were.
        }
    }

    public void Dispose() => _rows.Dispose();

    private void Look(int look)
    {
        var prior = Regularizer?.HyperParameters ?? new HyperParameters(PriorPrecision.Curvature, [_optimizer.WeightDecay]);
        var evidence = new OnlineEvidence(_network, _task.Likelihood, prior.Prior, _options)
        {
            Damping = _optimizer.DampingOf, Draws = Draws, HoldsPrecisions = true, HyperParameters = prior,
        };
        var seed = SeedSequence.At(_seed, look, 2);
        evidence.Look(sum => Add(sum, Now, look), _plan.Rows, Regularizer is null ? OnlineEvidence.UsualSteps : 0, seed);
        _images.Augmentation = Moved(
            strengths => evidence.At(sum => Add(sum, strengths, look), _plan.Rows, seed).LogMarginalLikelihood, evidence.Evidence!.LogMarginalLikelihood, look);
    }

    /// <summary>Each strength that is not 0, moved by itself.</summary>
    private ImageAugmentation Moved(Func<ImageAugmentation, double> evidence, double here, int look)
    {
        var longest = FirstStep + (LastStep - FirstStep) * look / (Looks - 1);
        var (now, next) = (Now, Now);
        foreach (var strength in _strengths.Where(s => s.Of(now) > 0))
        {
            var value = strength.Of(now);
            double At(double away) => evidence(strength.With(now, value * Math.Exp(away)));
            var step = Uphill(At(-Width), here, At(Width), LeastBend * _plan.Rows, longest);
            next = strength.With(next, Math.Min(strength.Most(_images), value * Math.Exp(step)));
        }

        return next;
    }

    /// <summary>Adds the rows of a look, S draws each.</summary>
    private void Add(CurvatureSum sum, ImageAugmentation strengths, int look)
    {
        var (portion, first, count) = _pieces[look % _pieces.Length];
        var (inputs, targets, weights) = _rows.Portions[portion];
        var random = Seeds.Random(_seed, Stream + look);
        var atOnce = Math.Max(LeastAtOnce, _plan.MicroBatchSize ?? _plan.BatchSize) / Draws;
        for (var start = first; start < first + count; start += atOnce)
        {
            using var scope = NewDisposeScope();
            var some = Math.Min(atOnce, first + count - start);
            sum.Add(Changed(inputs.narrow(0, start, some), strengths, random), targets.narrow(0, start, some), weights?.narrow(0, start, some));
        }
    }

    /// <summary>To the top of the parabola through three places, which counts as bent downward at least so much; not too far; nowhere where they are no numbers.</summary>
    internal static double Uphill(double below, double here, double above, double leastBend, double longest)
    {
        var (slope, bend) = ((above - below) / (2 * Width), (2 * here - above - below) / (Width * Width));
        var step = Math.Clamp(slope / Math.Max(bend, leastBend), -longest, longest);
        return double.IsNaN(step) ? 0 : step;
    }

    /// <summary>The draws of a row follow each other: [B·S, I].</summary>
    private Tensor Changed(Tensor plain, ImageAugmentation strengths, Random random)
    {
        var width = (int)plain.shape[1];
        var all = plain.cpu().repeat_interleave(Draws, 0);
        var numbers = MemoryMarshal.Cast<byte, float>(all.bytes);
        for (var start = 0; start < numbers.Length; start += width)
        {
            _images.Change(numbers.Slice(start, width), strengths, random);
        }

        return all.to(plain.device);
    }

    private static IEnumerable<(int Portion, long First, long Count)> Pieces(int portion, long count)
    {
        var pieces = (count + LookRows - 1) / LookRows;
        for (var i = 0; i < pieces; i++)
        {
            yield return (portion, count * i / pieces, count * (i + 1) / pieces - count * i / pieces);
        }
    }

    private sealed record Strength(Func<ImageAugmentation, double> Of, Func<ImageAugmentation, double, ImageAugmentation> With, Func<AugmentedRows, double> Most);
}
