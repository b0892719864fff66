using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;
using static Microsoft.ML.SecondOrder.Tests.MarginalLikelihood.SmallNetworks;

namespace Microsoft.ML.SecondOrder.Tests.MarginalLikelihood;

public sealed class LaplacePosteriorTests : IDisposable
{
    private const double Rounding = 1e-10;
    private static readonly long[] _labels = [0, 1, 1, 0, 0, 1, 0, 1, 1, 0];
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Variance_of_a_linear_model_is_that_of_bayesian_regression()
    {
        const double Precision = 0.7, Noise = 0.4;
        var (x, z) = (Numbers(12, 3), Numbers(5, 3));
        using var network = Linear(3, 1);
        using var posterior = Fit(network, x, Numbers(12, 1), new GaussianLikelihood());
        posterior.HyperParameters = new HyperParameters(PriorPrecision.Shared, [Precision], Noise);

        var (mean, variance) = posterior.Predict(z);

        var covariance = linalg.inv(x.t().mm(x).div(Noise * Noise).add(eye(3, dtype: float64).mul(Precision)));
        Same(z.mm(covariance).mul(z).sum(1L).unsqueeze(1), variance);
        Same(network.call(z), mean);
    }

    [Theory]
    [InlineData(false, PriorPrecision.PerLayer)]
    [InlineData(true, PriorPrecision.PerLayer)]
    [InlineData(false, PriorPrecision.PerInput)]
    [InlineData(true, PriorPrecision.PerInput)]
    [InlineData(false, PriorPrecision.PerTensor)]
    public void Covariances_are_those_of_the_jacobian_by_brute_force(bool convolutional, PriorPrecision prior)
    {
        using var network = convolutional ? Convolutional() : Mlp(3, 2);
        var (x, z) = convolutional ? (Numbers(10, 1, 3, 3), Numbers(4, 1, 3, 3)) : (Numbers(10, 3), Numbers(4, 3));
        using var posterior = Fit(network, x, tensor(_labels), new CategoricalLikelihood(), new LaplaceOptions { SeparatesBias = true });
        var count = posterior.Model(prior).Layout.Names.Count;
        posterior.HyperParameters = new HyperParameters(prior, [.. Enumerable.Range(0, count).Select(i => 0.5 + 0.3 * i)]);

        var (_, covariance) = posterior.PredictJointly(z);
        var (_, variance) = posterior.Predict(z);

        var blocks = posterior.Posterior().Select(b =>
        {
            var size = b.Block.Outputs * b.Block.Inputs;
            var root = stack([.. Enumerable.Range(0, size).Select(i => b.Draw(eye(size, dtype: float64)[i].reshape(b.Block.Outputs, b.Block.Inputs)).flatten())], 1);
            return root.mm(root.t());
        }).ToArray();
        var jacobian = Jacobian(network, z).reshape(4, 2, -1); // weight, bias, weight, bias: the order of the blocks
        var expected = jacobian.matmul(block_diag(blocks)).matmul(jacobian.transpose(1, 2));
        Same(expected, covariance);
        Same(expected.diagonal(0, 1, 2), variance);
    }

    [Theory]
    [InlineData(PriorPrecision.Shared)]
    [InlineData(PriorPrecision.PerInput)]
    public void Covariance_of_a_block_is_the_inverse_of_curvature_and_prior(PriorPrecision prior)
    {
        using var network = Linear(3, 2, bias: true);
        using var posterior = Fit(network, Numbers(10, 3), Numbers(10, 2), new GaussianLikelihood());
        double[] precisions = prior == PriorPrecision.Shared ? [0.6, 0.6, 0.6, 0.6] : [0.3, 2, 0.9, 5];
        posterior.HyperParameters = new HyperParameters(prior, prior == PriorPrecision.Shared ? [0.6] : [.. precisions], 0.5);

        var block = posterior.Posterior().Single();

        var root = stack([.. Enumerable.Range(0, 8).Select(i => block.Draw(eye(8, dtype: float64)[i].reshape(2, 4)).flatten())], 1);
        var a = cat([Numbers(10, 3), ones(new long[] { 10, 1 }, float64)], 1);
        var precision = kron(eye(2, dtype: float64), a.t().mm(a)).div(0.25).add(diag(tensor(precisions.Concat(precisions).ToArray())));
        Same(linalg.inv(precision), root.mm(root.t()));
    }

    [Fact]
    public void Last_layer_alone_is_less_uncertain_than_all_layers_and_needs_no_jacobian()
    {
        using var network = Mlp(3, 2);
        var (x, y, z) = (Numbers(10, 3), tensor(_labels), Numbers(4, 3));
        using var all = Fit(network, x, y, new CategoricalLikelihood());
        using var last = Fit(network, x, y, new CategoricalLikelihood(), new LaplaceOptions { LastLayerOnly = true });

        var (_, variance) = last.Predict(z);

        Assert.Equal(["second"], last.Layers);
        Assert.Contains("first", last.Excluded);
        Assert.True(variance.lt(all.Predict(z).Variance).all().item<bool>());
        var own = all.Posterior()[1];
        var features = cat([((nn.Module<Tensor, Tensor>)network.children().First()).call(z).tanh(), ones(new long[] { 4, 1 }, float64)], 1);
        Same(own.InputVariances(features).mm(own.OutputVectors.square().t()), variance);
        Same(last.PredictJointly(z).Covariance.diagonal(0, 1, 2), variance);
        using var generator = new Generator(2, CPU);
        Assert.InRange(last.SampleOutputs(z, 20_000, generator).sub(network.call(z)).square().mean(new long[] { 0 }).div(variance).sub(1).abs().max().ToDouble(), 0, 0.05);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Draws_of_outputs_have_the_covariance_of_the_predictive(bool convolutional)
    {
        using var network = convolutional ? Convolutional() : Mlp(3, 2);
        var (x, z) = convolutional ? (Numbers(10, 1, 3, 3), Numbers(2, 1, 3, 3)) : (Numbers(10, 3), Numbers(2, 3));
        using var posterior = Fit(network, x, tensor(_labels), new CategoricalLikelihood());
        using var generator = new Generator(5, CPU);

        var draws = posterior.SampleOutputs(z, 20_000, generator); // [S, B, C]

        var (mean, covariance) = posterior.PredictJointly(z);
        var centred = draws.sub(mean.unsqueeze(0)).permute(1, 2, 0);
        Assert.InRange(centred.bmm(centred.transpose(1, 2)).div(20_000).sub(covariance).abs().max().ToDouble() / covariance.max().ToDouble(), 0, 0.05);
    }

    [Fact]
    public void Draws_of_weights_have_the_variance_of_the_posterior()
    {
        using var network = Linear(2, 1, bias: true);
        using var posterior = Fit(network, Numbers(10, 2), Numbers(10, 1), new GaussianLikelihood());
        using var generator = new Generator(5, CPU);
        var x = Numbers(3, 2);

        var outputs = stack([.. Enumerable.Range(0, 4000).Select(_ =>
        {
            var weights = posterior.SampleWeights(generator);
            return x.mm(weights["only.weight"].t()).add(weights["only.bias"]);
        })], 0);

        var (mean, variance) = posterior.Predict(x);
        Assert.InRange(outputs.mean(new long[] { 0 }).sub(mean).abs().max().ToDouble(), 0, 0.1 * variance.max().sqrt().ToDouble());
        Assert.InRange(outputs.sub(mean).square().mean(new long[] { 0 }).div(variance).sub(1).abs().max().ToDouble(), 0, 0.1);
    }

    [Fact]
    public void Probabilities_of_uncertain_outputs_move_towards_one_half()
    {
        using var network = Mlp(3, 1);
        var y = tensor(_labels).to(float64).unsqueeze(1);
        using var posterior = Fit(network, Numbers(10, 3), y, new BernoulliLikelihood());
        var z = Numbers(4, 3);

        var plain = posterior.PredictProbabilities(z, ClassPredictive.PlugIn);
        var probit = posterior.PredictProbabilities(z, ClassPredictive.Probit);
        var drawn = posterior.PredictProbabilities(z, ClassPredictive.MonteCarlo, draws: 20_000);

        Same(network.call(z).sigmoid(), plain);
        Assert.True(probit.sub(0.5).abs().lt(plain.sub(0.5).abs()).all().item<bool>());
        Assert.InRange(probit.sub(drawn).abs().max().ToDouble(), 0, 0.02);
    }

    [Fact]
    public void A_thousand_classes_take_little_memory()
    {
        using var network = Linear(20, 1000);
        var (x, y) = (Numbers(64, 20), arange(64, int64));
        using var posterior = Fit(network, x, y, new CategoricalLikelihood(), new LaplaceOptions { LastLayerOnly = true });

        var (mean, variance) = posterior.Predict(x);

        Assert.Equal([64, 1000], variance.shape);
        Assert.True(variance.isfinite().all().item<bool>() && variance.gt(0).all().item<bool>());
        Assert.Equal([64, 1000], posterior.PredictProbabilities(x, ClassPredictive.MonteCarlo, draws: 3).shape);
    }

    [Fact]
    public void Evaluation_mode_is_used_and_put_back_and_gradients_are_left_alone()
    {
        var dropout = nn.Dropout(0.5);
        using var network = nn.Sequential(("first", nn.Linear(3, 4, dtype: float64)), ("dropout", dropout), ("second", nn.Linear(4, 2, dtype: float64)));
        dropout.eval();
        network.call(Numbers(10, 3)).sum().backward();
        var before = network.parameters().First().grad!.clone();
        double Evidence()
        {
            using var posterior = Fit(network, Numbers(10, 3), tensor(_labels), new CategoricalLikelihood());
            posterior.Predict(Numbers(2, 3));
            return posterior.Evidence().LogMarginalLikelihood;
        }

        Assert.Equal(Evidence(), Evidence());
        Assert.True(network.training);
        Assert.False(dropout.training);
        Same(before, network.parameters().First().grad!);
    }

    [Fact]
    public void Network_that_predicts_each_position_needs_to_expand()
    {
        using var network = Mlp(3, 2);
        var (x, y) = (Numbers(4, 5, 3), zeros(new long[] { 4, 5 }, int64));

        var message = Assert.Throws<ArgumentException>(() => Fit(network, x, y, new CategoricalLikelihood())).Message;
        using var each = Fit(network, x, y, new CategoricalLikelihood(), new LaplaceOptions { Sharing = WeightSharing.Expand });
        using var flat = Fit(network, x.reshape(20, 3), y.reshape(20), new CategoricalLikelihood());

        Assert.Contains("WeightSharing.Expand", message);
        Assert.Equal(flat.Evidence().LogMarginalLikelihood, each.Evidence().LogMarginalLikelihood, Rounding);
    }

    [Fact]
    public void Wrong_settings_are_named()
    {
        using var network = Mlp(3, 2);
        using var posterior = Fit(network, Numbers(10, 3), tensor(_labels), new CategoricalLikelihood());

        Assert.Contains("2 precisions", Assert.Throws<ArgumentException>(() => posterior.HyperParameters = new HyperParameters(PriorPrecision.PerLayer, [1])).Message);
        Assert.Contains("-1", Assert.Throws<ArgumentException>(() => posterior.HyperParameters = new HyperParameters(PriorPrecision.Shared, [-1])).Message);
        Assert.Contains("batch", Assert.Throws<ArgumentException>(() => LaplacePosterior.Fit(network, [], new CategoricalLikelihood())).Message);
        Assert.Contains("Draws", Assert.Throws<ArgumentException>(() => Fit(network, Numbers(10, 3), tensor(_labels), new CategoricalLikelihood(), new LaplaceOptions { Draws = 0 })).Message);
        using var numbers = Fit(network, Numbers(10, 3), Numbers(10, 2), new GaussianLikelihood());
        Assert.Throws<InvalidOperationException>(() => numbers.PredictProbabilities(Numbers(2, 3)));
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        using var network = Mlp(3, 2);
        var (x, y) = (Numbers(10, 3), tensor(_labels));
        Leak.None(() =>
        {
            using var posterior = Fit(network, x, y, new CategoricalLikelihood());
            posterior.Tune(PriorPrecision.PerInput, steps: 3);
            var (mean, variance) = posterior.Predict(x);
            mean.Dispose();
            variance.Dispose();
            posterior.PredictProbabilities(x, ClassPredictive.MonteCarlo, draws: 3).Dispose();
        });
    }

    private static void Same(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange(expected.sub(actual).abs().max().ToDouble(), 0, Rounding);
    }
}
