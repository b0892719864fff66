using System.Collections.Immutable;
using Microsoft.ML.SecondOrder.Likelihoods;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>Chooses prior and noise while a network is trained: takes the curvature now and then, and makes a few damped steps.</summary>
/// <param name="model">The network in training; borrowed.</param>
/// <param name="likelihood">What its outputs mean.</param>
/// <param name="prior">Which weights share a precision.</param>
/// <param name="options">How the curvature is taken.</param>
internal sealed class OnlineEvidence(nn.Module<Tensor, Tensor> model, Likelihood likelihood, PriorPrecision prior, LaplaceOptions options)
{
    /// <summary>Steps towards the fixed point for each look at the curvature; between 3 and 50 they make no difference.</summary>
    public const int UsualSteps = 5;

    /// <summary>Limits for targets of unit scale: no precision that gives up a weight for good, no decay that takes more than a step, no noise that lets a fit collapse.</summary>
    private EvidenceTuner Tuner => new()
    {
        LogPrecision = HoldsPrecisions ? (double.NegativeInfinity, double.PositiveInfinity) : prior == PriorPrecision.Curvature ? (Math.Log(1e-5), Math.Log(MostDecay)) : (-9.2, 13.8),
        Noise = (0.03, 7.4), GivesUpUndetermined = true, HoldsPrecisions = HoldsPrecisions,
    };

    /// <summary>Whether only the noise is moved, since the precisions are given. Default false.</summary>
    public bool HoldsPrecisions { get; init; }

    /// <summary>Upper limit of γ.</summary>
    public double MostDecay { get; init; } = 1;

    /// <summary>λ of a layer's steps, by its name.</summary>
    public required Func<string, double> Damping { get; init; }

    /// <inheritdoc cref="CurvatureSum.Draws"/>
    public int Draws { get; init; } = 1;

    /// <summary>Prior and noise as they are now; null before the first look: then all precisions and the noise are 1, a decay 0.</summary>
    public HyperParameters? HyperParameters { get; set; }

    /// <summary>At the last look, with the hyper-parameters found then.</summary>
    public Evidence? Evidence { get; private set; }

    /// <summary>γ, where the prior is the curvature itself; else null.</summary>
    public double? Decay => HyperParameters is { Prior: PriorPrecision.Curvature } found ? found.Precisions[0] : null;

    /// <summary>What the prior adds to the gradients of each layer, as of the last look; nothing where it is a decay.</summary>
    public ImmutableArray<LayerPrior> Layers { get; private set; } = [];

    /// <summary>Looks at the curvature of some rows, and moves prior and noise.</summary>
    /// <param name="add">Adds them.</param>
    /// <param name="rows">N, for which those stand, weights counted.</param>
    /// <param name="steps">Towards the fixed point.</param>
    /// <param name="seed">Of draws for the sampled Fisher matrix.</param>
    public void Look(Action<CurvatureSum> add, double rows, int steps, ulong seed) => With(add, rows, seed, (evidence, blocks) =>
    {
        var (layout, tuner) = (evidence.Layout, Tuner);
        var now = HyperParameters ?? new HyperParameters(prior, [.. layout.Names.Select(_ => layout.Start)]);
        for (var step = 0; step < steps; step++)
        {
            now = tuner.Step(evidence, evidence.At(now.Precisions.AsSpan(), now.Noise));
        }

        (HyperParameters, Evidence) = (now, evidence.At(now.Precisions.AsSpan(), now.Noise));
        Layers = Decay is not null ? [] : [.. blocks.Select((b, i) => new LayerPrior(b.Layer.Name, [.. layout.Columns[i].Select(c => now.Noise * now.Noise * now.Precisions[c] / rows)]))];
        return Evidence;
    });

    /// <summary>The evidence of rows with prior and noise as they are now, and nothing moved.</summary>
    /// <inheritdoc cref="Look"/>
    public Evidence At(Action<CurvatureSum> add, double rows, ulong seed) =>
        With(add, rows, seed, (evidence, _) => evidence.At(HyperParameters!.Precisions.AsSpan(), HyperParameters.Noise));

    private Evidence With(Action<CurvatureSum> add, double rows, ulong seed, Func<EvidenceModel, IReadOnlyList<CurvatureBlock>, Evidence> use)
    {
        using var gradMode = no_grad();
        using var sum = new CurvatureSum(model, likelihood, options with { Seed = unchecked((long)seed) })
        {
            BoundsFar = true, Damping = prior == PriorPrecision.Curvature ? layer => Damping(layer.Name) : null, Draws = Draws,
        };
        add(sum);
        sum.Repetition = rows / sum.Rows;
        var blocks = sum.Blocks(withVectors: false);
        try
        {
            return use(new EvidenceModel(blocks, sum.Fit, PriorLayout.Of(prior, blocks)), blocks);
        }
        finally
        {
            foreach (var block in blocks)
            {
                block.Dispose();
            }
        }
    }
}

/// <summary>What the prior does to one layer.</summary>
/// <param name="Layer">Its name.</param>
/// <param name="Pulls">σ²δ/N of each column of its joint weight, what a unit of it adds to the gradient of the mean loss: [I].</param>
internal sealed record LayerPrior(string Layer, double[] Pulls);
