using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>
/// The Laplace approximation of a trained network's posterior with Kronecker-factored curvature (Ritter, Botev and Barber, 2018;
/// Daxberger et al., 2021, arXiv 2106.14806): normal, with the network's weights as mean. Tells the evidence of hyper-parameters,
/// chooses them, and gives predictions variances.
/// </summary>
/// <remarks>
/// Dense and convolutional layers with trainable weights are uncertain, and scales and shifts of normalisation layers; other parameters count
/// as given and are listed by <see cref="Excluded"/>. Train to convergence with the prior as penalty, ½ δ|θ|²
/// for the summed loss over σ², for the approximation to hold. Owns its factors; borrows the model, whose weights must stay as they are.
/// </remarks>
public sealed partial class LaplacePosterior : IDisposable
{
    /// <summary>Numbers that a portion of predictions may take up.</summary>
    private const long PortionNumbers = 1L << 24;

    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly LaplaceOptions _options;
    private readonly IReadOnlyList<CurvatureBlock> _blocks;
    private readonly DataFit _fit;
    private List<PosteriorBlock>? _posterior;
    private HyperParameters _hyperParameters;
    private EvidenceModel _evidence;
    private bool _isDisposed;

    private LaplacePosterior(nn.Module<Tensor, Tensor> model, LaplaceOptions options, CurvatureSum sum)
    {
        (_model, _options, _fit) = (model, options, sum.Fit);
        _blocks = sum.Blocks(withVectors: true);
        var covered = _blocks.Select(b => b.Layer.Name).Distinct().ToList();
        Layers = covered;
        var scales = _blocks.Select(b => b.Layer).Where(l => !l.Rule.HasBiasColumn).SelectMany(l => l.Others.Prepend(l)).SelectMany(l => new[] { Name(l, "weight"), Name(l, "bias") });
        Excluded = [.. sum.Layers.Uncovered().Select(p => p.Name).Except(scales), .. sum.Layers.All.Select(l => l.Name).Except(covered)];
        _hyperParameters = new HyperParameters(PriorPrecision.Shared, [1.0]);
        _evidence = Model(PriorPrecision.Shared);
    }

    /// <summary>The uncertain layers.</summary>
    public IReadOnlyList<string> Layers { get; }

    /// <summary>Trainable parameters, and layers, that count as given.</summary>
    public IReadOnlyList<string> Excluded { get; }

    /// <summary>What predictions and <see cref="Evidence"/> assume. First a precision of 1 for all weights, and noise of 1.</summary>
    /// <exception cref="ArgumentException">The number of precisions is not that of the prior's groups, or one is not positive and finite.</exception>
    public HyperParameters HyperParameters
    {
        get => _hyperParameters;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            var model = Model(value.Prior);
            Check(value, model.Layout);
            (_hyperParameters, _evidence) = (value, model);
            Forget();
        }
    }

    /// <summary>The evidence of <see cref="HyperParameters"/>.</summary>
    public Evidence Evidence() => _evidence.At(_hyperParameters.Precisions.AsSpan(), _hyperParameters.Noise);

    /// <summary>Chooses prior precisions and noise of high evidence, for the weights as they are, and keeps them. No new pass over the data.</summary>
    /// <param name="prior">Which weights share a precision.</param>
    /// <param name="search">How they are sought.</param>
    /// <param name="steps">At most so many. Default 100.</param>
    /// <returns>The evidence there: the highest on the way.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument makes no sense.</exception>
    public Evidence Tune(PriorPrecision prior = PriorPrecision.PerLayer, EvidenceSearch search = EvidenceSearch.FixedPoint, int steps = 100)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        if (!Enum.IsDefined(search))
        {
            throw new ArgumentOutOfRangeException(nameof(search), search, $"The search must be a value of {nameof(EvidenceSearch)}, but is {search}.");
        }

        var model = Model(prior);
        var start = prior == _hyperParameters.Prior
            ? _hyperParameters
            : new HyperParameters(prior, [.. Enumerable.Repeat(model.Layout.Start, model.Layout.Names.Count)], _hyperParameters.Noise);
        var tuner = new EvidenceTuner();
        var best = search == EvidenceSearch.FixedPoint
            ? tuner.FixedPoint(model, start, steps)
            : tuner.Ascent(model, start, steps).MaxBy(e => e.LogMarginalLikelihood)!;
        HyperParameters = best.HyperParameters;
        return best;
    }

    /// <summary>Outputs for new rows, and their variance from the weights' uncertainty. For the variance of a target of a number, add <c>HyperParameters.Noise</c> squared.</summary>
    /// <param name="x">What the model is called with: B rows.</param>
    /// <returns>[B, C] each, of the outputs' type.</returns>
    /// <exception cref="ArgumentException">There is no row, it is on another device than the model, or the model does not give outputs [B, C].</exception>
    public (Tensor Mean, Tensor Variance) Predict(Tensor x)
    {
        using var scope = NewDisposeScope();
        var parts = Portions(x, 1, (outputs, rows) => outputs.Variances(rows));
        var mean = cat(parts.Select(p => p.Mean).ToList(), 0);
        return (mean.MoveToOuterDisposeScope(), cat(parts.Select(p => p.Variance).ToList(), 0).to(mean.dtype).MoveToOuterDisposeScope());
    }

    /// <summary>As <see cref="Predict"/>, with the covariances of the outputs of a row.</summary>
    /// <param name="x">What the model is called with: B rows.</param>
    /// <returns>[B, C] and [B, C, C], of the outputs' type.</returns>
    /// <exception cref="ArgumentException">There is no row, it is on another device than the model, or the model does not give outputs [B, C].</exception>
    public (Tensor Mean, Tensor Covariance) PredictJointly(Tensor x)
    {
        using var scope = NewDisposeScope();
        var parts = Portions(x, _blocks.Last(b => b.Layer.Rule.HasBiasColumn).Outputs, (outputs, rows) => outputs.Covariances(rows));
        var mean = cat(parts.Select(p => p.Mean).ToList(), 0);
        return (mean.MoveToOuterDisposeScope(), cat(parts.Select(p => p.Covariance).ToList(), 0).to(mean.dtype).MoveToOuterDisposeScope());
    }

    /// <summary>Class probabilities for new rows.</summary>
    /// <param name="x">What the model is called with: B rows.</param>
    /// <param name="predictive">How the weights' uncertainty counts.</param>
    /// <param name="draws">For <see cref="ClassPredictive.MonteCarlo"/>: at least 1. Default 100.</param>
    /// <param name="seed">Of the draws.</param>
    /// <returns>[B, C], of the outputs' type; for two classes with one output [B, 1], the probability of the second.</returns>
    /// <exception cref="InvalidOperationException">The likelihood is one of numbers, not classes.</exception>
    /// <exception cref="ArgumentException">As for <see cref="Predict"/>, or there is no draw.</exception>
    public Tensor PredictProbabilities(Tensor x, ClassPredictive predictive = ClassPredictive.Probit, int draws = 100, long seed = 0)
    {
        if (_fit.Likelihood is not (CategoricalLikelihood or BernoulliLikelihood))
        {
            throw new InvalidOperationException($"Probabilities need a likelihood of classes, but this posterior's is {_fit.Likelihood.GetType().Name}. Use Predict.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(draws, 1);
        using var scope = NewDisposeScope();
        if (predictive == ClassPredictive.MonteCarlo)
        {
            using var generator = new Generator(SeedSequence.At(seed, 0, 0), CPU);
            return Probabilities(SampleOutputs(x, draws, generator)).mean(new long[] { 0 }).to(_blocks[0].Layer.Rule.Weight.dtype).MoveToOuterDisposeScope();
        }

        var (mean, variance) = Predict(x);
        var factor = variance.Times(Math.PI / 8).Plus(1).sqrt();
        return Probabilities(predictive == ClassPredictive.Probit ? mean.div(factor) : mean).MoveToOuterDisposeScope();
    }

    /// <summary>Draws of the outputs from their distribution, which is normal: [S, B, C] in double. Each row's draws are from its own distribution.</summary>
    /// <param name="x">What the model is called with: B rows.</param>
    /// <param name="draws">S, at least 1.</param>
    /// <param name="generator">Of the processor, whatever the model's device.</param>
    public Tensor SampleOutputs(Tensor x, int draws, Generator generator)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(draws, 1);
        ArgumentNullException.ThrowIfNull(generator);
        using var scope = NewDisposeScope();
        return cat(Portions(x, draws, (outputs, rows) => outputs.Samples(rows, draws, generator)), 1).MoveToOuterDisposeScope();
    }

    /// <summary>Draws weights.</summary>
    /// <param name="generator">Of the processor, whatever the model's device.</param>
    /// <returns>By name as in <c>named_parameters()</c>, of the parameters' shapes and types; excluded ones are left out.</returns>
    public IReadOnlyDictionary<string, Tensor> SampleWeights(Generator generator)
    {
        ArgumentNullException.ThrowIfNull(generator);
        using var scope = NewDisposeScope();
        using var gradMode = no_grad();
        var weights = new Dictionary<string, Tensor>();
        foreach (var layer in Posterior().GroupBy(b => b.Block.Layer))
        {
            var rule = layer.Key.Rule;
            var deviation = cat(layer.Select(b => b.Draw(randn([b.Block.Outputs, b.Block.Inputs], float64, CPU, generator: generator).to(rule.Weight.device))).ToList(), 1);
            var joint = CurvatureBlock.JointWeight(layer.Key).to(float64).Plus(deviation);
            var (weight, bias) = CurvatureBlock.Parts(layer.Key, joint);
            weights[Name(layer.Key, "weight")] = weight.to(rule.Weight.dtype).contiguous().MoveToOuterDisposeScope();
            if (layer.Key.Others.Prepend(layer.Key).FirstOrDefault(l => l.Rule == layer.Key.WithBias) is { } biased)
            {
                weights[Name(biased, "bias")] = bias!.to(rule.Weight.dtype).contiguous().MoveToOuterDisposeScope();
            }
        }

        return weights;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        Forget();
        foreach (var block in _blocks)
        {
            block.Dispose();
        }
    }

    internal EvidenceModel Model(PriorPrecision prior)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return new EvidenceModel(_blocks, _fit, PriorLayout.Of(prior, _blocks));
    }

    /// <summary>The posterior of each block at the present hyper-parameters.</summary>
    internal List<PosteriorBlock> Posterior()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        using var gradMode = no_grad();
        var precisions = _hyperParameters.Precisions.AsSpan();
        if (_posterior is null)
        {
            _posterior = [];
            for (var b = 0; b < _blocks.Count; b++)
            {
                _posterior.Add(_evidence.Posterior(b, precisions, _hyperParameters.Noise));
            }
        }

        return _posterior;
    }

    private static void Check(HyperParameters value, PriorLayout layout)
    {
        if (value.Precisions.IsDefault || value.Precisions.Length != layout.Names.Count)
        {
            throw new ArgumentException(
                $"A prior {value.Prior} has {layout.Names.Count} precisions here, but {(value.Precisions.IsDefault ? 0 : value.Precisions.Length)} were given: {string.Join(", ", layout.Names.Take(8))}{(layout.Names.Count > 8 ? ", …" : "")}.");
        }

        foreach (var number in value.Precisions.Append(value.Noise))
        {
            if (!(number > 0 && double.IsFinite(number)))
            {
                throw new ArgumentException(FormattableString.Invariant($"Precisions and noise must be above 0 and finite, but one is {number}."));
            }
        }
    }

    private static string Name(ModelLayer layer, string parameter) => layer.Name.Length == 0 ? parameter : $"{layer.Name}.{parameter}";

    private Tensor Probabilities(Tensor outputs) => _fit.Likelihood is BernoulliLikelihood ? outputs.sigmoid() : outputs.softmax(-1);

    /// <summary>Goes through the rows in portions of bounded size.</summary>
    /// <param name="x">All rows.</param>
    /// <param name="repeats">How many times what a row takes up for one output is kept at once.</param>
    /// <param name="predict">What to do with a portion.</param>
    private List<T> Portions<T>(Tensor x, long repeats, Func<PredictiveOutputs, Tensor, T> predict)
    {
        ArgumentNullException.ThrowIfNull(x);
        RequireRows(x, _model, "The rows", nameof(x));
        using var gradMode = no_grad();
        var layers = new List<(LayerTap Tap, IReadOnlyList<PosteriorBlock> Blocks)>();
        try
        {
            layers.AddRange(Posterior().GroupBy(b => b.Block.Layer).Select(g => (CurvatureSum.Tap(g.Key, WeightSharing.Expand), (IReadOnlyList<PosteriorBlock>)[.. g])));
            PredictiveOutputs outputs = _options.LastLayerOnly ? new LastLayerOutputs(_model, layers[0].Tap, layers[0].Blocks) : new LinearizedOutputs(_model, layers);
            var isShared = x.dim() > 2;
            var row = repeats * _blocks.Sum(b => isShared ? (long)b.Outputs * b.Inputs : b.Outputs + b.Inputs);
            var portion = Math.Max(1, PortionNumbers / row);
            var parts = new List<T>();
            for (var start = 0L; start < x.shape[0]; start += portion)
            {
                parts.Add(predict(outputs, x.narrow(0, start, Math.Min(portion, x.shape[0] - start))));
            }

            return parts;
        }
        finally
        {
            layers.ForEach(l => l.Tap.Dispose());
        }
    }

    private void Forget()
    {
        _posterior?.ForEach(b => b.Dispose());
        _posterior = null;
    }
}
