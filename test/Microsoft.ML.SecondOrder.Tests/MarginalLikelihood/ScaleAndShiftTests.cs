using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Tests.Support;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static Microsoft.ML.SecondOrder.Tests.MarginalLikelihood.SmallNetworks;

namespace Microsoft.ML.SecondOrder.Tests.MarginalLikelihood;

/// <summary>The block of a normalisation layer's scale and shift is the exact generalised Gauss-Newton matrix.</summary>
public sealed class ScaleAndShiftTests : IDisposable
{
    private const double Precision = 0.7;
    private const double Rounding = 1e-8;
    private static readonly long[] _labels = [0, 1, 1, 0, 0, 1, 0, 1, 1, 0];
    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<string> Kinds => ["layer", "positions", "image", "group", "batch", "batch of images", "twice", "no shift"];

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Evidence_and_covariance_are_those_of_brute_force(string kind)
    {
        using var network = Network(kind);
        var (x, y) = (Input(kind, 10), tensor(_labels));
        using var with = Posterior(network, x, y, scales: true);
        using var without = Posterior(network, x, y, scales: false);

        var jacobian = Own(network, Jacobian(network, x)).reshape(10, 2, -1); // of scale and shift: [N, C, P]
        var probability = network.call(x).softmax(1);
        var hessian = diag_embed(probability).sub(probability.unsqueeze(2).mul(probability.unsqueeze(1)));
        var curvature = jacobian.transpose(1, 2).matmul(hessian).matmul(jacobian).sum(0L);
        var precision = curvature.add(eye(curvature.shape[0], dtype: float64).mul(Precision));
        var parameters = Own(network, cat([.. network.parameters().Select(p => p.detach().flatten())], 0).unsqueeze(0));

        Assert.Empty(with.Excluded);
        Assert.Equal(["norm.weight", .. kind == "no shift" ? Array.Empty<string>() : ["norm.bias"]], without.Excluded);
        Close(linalg.slogdet(precision).Item2.ToDouble(), with.Evidence().LogDeterminantPosterior - without.Evidence().LogDeterminantPosterior);
        Close(Precision * parameters.square().sum().ToDouble(), with.Evidence().Scatter - without.Evidence().Scatter);
        var block = with.Posterior().Last();
        var size = (int)curvature.shape[0];
        var root = stack([.. Enumerable.Range(0, size).Select(i => block.Draw(eye(size, dtype: float64)[i].reshape(size, 1)).flatten())], 1);
        Close(0, root.mm(root.t()).sub(linalg.inv(precision)).abs().max().ToDouble());
        Close(0, with.PredictJointly(x).Covariance.sub(without.PredictJointly(x).Covariance)
            .sub(jacobian.matmul(linalg.inv(precision)).matmul(jacobian.transpose(1, 2))).abs().max().ToDouble());
        Close(0, with.PredictJointly(x).Covariance.diagonal(0, 1, 2).sub(with.Predict(x).Variance).abs().max().ToDouble());
    }

    [Theory]
    [InlineData("layer", PriorPrecision.Shared)]
    [InlineData("positions", PriorPrecision.PerLayer)]
    [InlineData("group", PriorPrecision.PerTensor)]
    [InlineData("batch", PriorPrecision.PerInput)]
    public void Gradients_of_the_evidence_are_those_of_finite_differences(string kind, PriorPrecision prior)
    {
        using var network = Network(kind);
        using var posterior = LaplacePosterior.Fit(network, [(Input(kind, 10), Numbers(10, 2))], new GaussianLikelihood());
        var model = posterior.Model(prior);
        double[] precisions = [.. Enumerable.Range(0, model.Layout.Names.Count).Select(i => 0.5 + 0.3 * i)];
        const double Noise = 0.6, Step = 1e-4;

        var evidence = model.At(precisions, Noise);

        for (var g = 0; g < precisions.Length; g++)
        {
            double At(double shift) => model.At([.. precisions.Select((p, i) => i == g ? p * Math.Exp(shift) : p)], Noise).LogMarginalLikelihood;
            Assert.Equal((At(Step) - At(-Step)) / (2 * Step), evidence.Groups[g].LogPrecisionGradient, 1e-6 * Math.Max(1, Math.Abs(evidence.Groups[g].LogPrecisionGradient)));
        }

        double NoiseAt(double shift) => model.At(precisions, Noise * Math.Exp(shift)).LogMarginalLikelihood;
        Assert.Equal((NoiseAt(Step) - NoiseAt(-Step)) / (2 * Step), evidence.LogNoiseGradient, 1e-6 * Math.Abs(evidence.LogNoiseGradient));
    }

    [Fact]
    public void Rows_are_left_out_with_the_exact_curvature_of_all_parameters()
    {
        using var network = Network("layer");
        var x = Input("layer", 10);
        using var posterior = LaplacePosterior.Fit(network, [(x, Numbers(10, 2))], new GaussianLikelihood());
        posterior.HyperParameters = new HyperParameters(PriorPrecision.Shared, [Precision], 0.5);

        using var without = posterior.LeaveOneOut([(x, Numbers(10, 2))]);

        var jacobian = Jacobian(network, x);
        var curvature = jacobian.t().mm(jacobian).div(0.25);
        var effective = curvature.mm(linalg.inv(curvature.add(eye(curvature.shape[0], dtype: float64).mul(Precision)))).diagonal(0, 0, 1).sum().ToDouble();
        Close(effective, without.EffectiveParameters);
    }

    [Fact]
    public void Draws_of_weights_have_scales_and_shifts()
    {
        using var network = Network("image");
        using var posterior = Posterior(network, Input("image", 10), tensor(_labels), scales: true);
        using var generator = new Generator(1, CPU);

        var weights = posterior.SampleWeights(generator);

        Assert.Equal(network.named_parameters().Select(p => (p.name, string.Join(", ", p.parameter.shape))), weights
            .OrderBy(w => network.named_parameters().ToList().FindIndex(p => p.name == w.Key)).Select(w => (w.Key, string.Join(", ", w.Value.shape))));
    }

    [Fact]
    public void Sampled_and_expanded_curvature_come_near_the_exact_one()
    {
        using var network = Network("layer");
        var (x, y) = (Input("layer", 10), tensor(_labels));
        using var exact = Posterior(network, x, y, scales: true);
        using var sampled = LaplacePosterior.Fit(network, [(x, y)], new CategoricalLikelihood(), new LaplaceOptions { Fisher = FisherKind.Sampled, Draws = 4000 });
        using var expanded = LaplacePosterior.Fit(network, [(x, y)], new CategoricalLikelihood(), new LaplaceOptions { Sharing = WeightSharing.Expand });
        expanded.HyperParameters = exact.HyperParameters;

        var (a, b) = (exact.Posterior().Last().Block.OutputEigenvalues, sampled.Posterior().Last().Block.OutputEigenvalues);
        Assert.InRange(b.Sum() / a.Sum(), 0.95, 1.05);
        Assert.InRange(b.Max() / a.Max(), 0.9, 1.1);
        Close(exact.Evidence().LogDeterminantPosterior, expanded.Evidence().LogDeterminantPosterior); // there is one position
    }

    [Fact]
    public void What_has_no_exact_block_is_named()
    {
        using var unbounded = nn.Sequential(("first", nn.Linear(3, 4)), ("norm", nn.BatchNorm1d(4, track_running_stats: false)), ("second", nn.Linear(4, 2)));
        using var frozen = nn.Sequential(("first", nn.Linear(3, 4)), ("norm", nn.LayerNorm(4)), ("second", nn.Linear(4, 2)));
        ((LayerNorm)frozen.children().ElementAt(1)).weight.requires_grad = false;
        var x = Numbers(10, 3).to(float32);

        using var first = LaplacePosterior.Fit(unbounded, [(x, tensor(_labels))], new CategoricalLikelihood());
        using var second = LaplacePosterior.Fit(frozen, [(x, tensor(_labels))], new CategoricalLikelihood());

        Assert.Equal(["norm.weight", "norm.bias"], first.Excluded);
        Assert.Equal(["norm.bias"], second.Excluded);
        Assert.Equal(float32, second.Predict(x).Variance.dtype);
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        using var network = Network("group");
        var (x, y) = (Input("group", 10), tensor(_labels));

        Leak.None(() =>
        {
            using var posterior = Posterior(network, x, y, scales: true);
            using var scope = NewDisposeScope();
            posterior.Predict(x);
            posterior.PredictJointly(x);
        });
    }

    private static LaplacePosterior Posterior(nn.Module<Tensor, Tensor> network, Tensor x, Tensor y, bool scales)
    {
        var posterior = LaplacePosterior.Fit(network, [(x, y)], new CategoricalLikelihood(), new LaplaceOptions { ScalesAndShifts = scales });
        posterior.HyperParameters = new HyperParameters(PriorPrecision.Shared, [Precision]);
        return posterior;
    }

    private static Tensor Input(string kind, long rows) => kind switch
    {
        "positions" => Numbers(rows, 2, 3),
        "image" or "group" or "batch of images" => Numbers(rows, 1, 3, 3),
        _ => Numbers(rows, 3),
    };

    /// <summary>A normalisation named "norm" between two layers.</summary>
    private static nn.Module<Tensor, Tensor> Network(string kind)
    {
        nn.Module<Tensor, Tensor> norm = kind switch
        {
            "image" => nn.LayerNorm([2, 2, 2], dtype: float64),
            "group" => nn.GroupNorm(1, 2, dtype: float64),
            "batch" => nn.BatchNorm1d(4, dtype: float64),
            "batch of images" => nn.BatchNorm2d(2, dtype: float64),
            "no shift" => nn.LayerNorm(4, bias: false, dtype: float64),
            _ => nn.LayerNorm(4, dtype: float64),
        };
        var isImage = kind is "image" or "group" or "batch of images";
        var parts = new List<(string, nn.Module<Tensor, Tensor>)>
        {
            ("first", isImage ? nn.Conv2d(1, 2, 2, dtype: float64) : nn.Linear(3, 4, dtype: float64)),
            ("norm", norm),
            ("activation", nn.Tanh()),
            ("flat", nn.Flatten()),
            ("second", nn.Linear(isImage || kind == "positions" ? 8 : 4, 2, dtype: float64)),
        };
        if (kind == "twice")
        {
            parts.Insert(3, ("again", norm));
        }

        var network = nn.Sequential(parts);
        Fill(network);
        if (norm is BatchNorm { running_mean: { } mean, running_var: { } variance })
        {
            mean.copy_(Numbers(mean.shape).mul(0.3));
            variance.copy_(Numbers(variance.shape).square().add(0.5));
        }

        network.eval();
        return network;
    }

    /// <summary>The columns of the normalisation's parameters.</summary>
    private static Tensor Own(nn.Module network, Tensor columns)
    {
        var (start, found) = (0L, new List<Tensor>());
        foreach (var (name, parameter) in network.named_parameters())
        {
            if (name.StartsWith("norm", StringComparison.Ordinal))
            {
                found.Add(columns.narrow(1, start, parameter.numel()));
            }

            start += parameter.numel();
        }

        return cat(found, 1);
    }

    private static void Close(double expected, double actual) => Assert.Equal(expected, actual, Rounding * Math.Max(1, Math.Abs(expected)));
}
