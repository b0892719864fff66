using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using TorchSharp;
using static TorchSharp.torch;
using static Microsoft.ML.SecondOrder.Tests.MarginalLikelihood.SmallNetworks;

namespace Microsoft.ML.SecondOrder.Tests.MarginalLikelihood;

/// <summary>The evidence of networks whose outputs are the mean over several draws of each row's inputs.</summary>
public sealed class AveragedOutputsTests : IDisposable
{
    private const double Rounding = 1e-9, Noise = 0.6;
    private const int Rows = 5, Draws = 3;
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void A_linear_model_has_the_exact_log_density_of_its_targets()
    {
        using var network = Linear(3, 2);
        var (x, y, precision) = (Numbers(Rows * Draws, 3), Numbers(Rows, 2), 0.7);
        var mean = x.reshape(Rows, Draws, 3).mean([1]);
        var mode = linalg.solve(mean.t().mm(mean).add(eye(3, dtype: float64).mul(precision * Noise * Noise)), mean.t().mm(y)).t();
        using (no_grad())
        {
            network.parameters().Single().copy_(mode);
        }

        var covariance = mean.mm(mean.t()).div(precision).add(eye(Rows, dtype: float64).mul(Noise * Noise));
        var density = Enumerable.Range(0, 2).Sum(c => -0.5 * (y.select(1, c).dot(linalg.solve(covariance, y.select(1, c))).ToDouble()
            + linalg.slogdet(covariance).Item2.ToDouble() + Rows * Math.Log(2 * Math.PI)));

        Assert.Equal(density, At(network, x, y, new GaussianLikelihood(), WeightSharing.Reduce, [precision]).LogMarginalLikelihood, Rounding);
    }

    [Theory]
    [InlineData(WeightSharing.Expand)]
    [InlineData(WeightSharing.Reduce)]
    public void Layers_of_linear_networks_have_the_blocks_of_the_averaged_outputs_gauss_newton_matrix(WeightSharing sharing)
    {
        using nn.Module<Tensor, Tensor> network = sharing == WeightSharing.Reduce
            ? nn.Sequential(("first", nn.Conv2d(1, 3, 2, dtype: float64)), ("mean", nn.AdaptiveAvgPool2d(1)), ("flat", nn.Flatten()), ("second", nn.Linear(3, 2, dtype: float64)))
            : nn.Sequential(("first", nn.Linear(3, 4, dtype: float64)), ("second", nn.Linear(4, 2, dtype: float64)));
        Fill(network);
        var x = sharing == WeightSharing.Reduce ? Numbers(Rows * Draws, 1, 4, 4) : Numbers(Rows * Draws, 6, 3);
        var y = Numbers([Rows, .. network.call(x).shape[1..]]);
        double[] precisions = [0.4, 1.7];

        var found = At(network, x, y, new GaussianLikelihood(), sharing, precisions);

        var all = Jacobian(network, x);
        var jacobian = all.reshape(Rows, Draws, -1, all.shape[1]).mean([1]).flatten(0, 1);
        var (start, logDeterminant) = (0L, 0.0);
        foreach (var (l, layer) in network.children().Where(c => c.parameters().Any()).Index())
        {
            var count = layer.parameters().Sum(p => p.numel());
            var block = jacobian.narrow(1, start, count);
            start += count;
            logDeterminant += linalg.slogdet(block.t().mm(block).div(Noise * Noise).add(eye(count, dtype: float64).mul(precisions[l]))).Item2.ToDouble();
        }

        Assert.Equal(logDeterminant, found.LogDeterminantPosterior, Rounding);
    }

    [Theory]
    [InlineData(WeightSharing.Expand)]
    [InlineData(WeightSharing.Reduce)]
    public void Draws_that_are_all_alike_change_nothing(WeightSharing sharing)
    {
        using var network = Convolutional();
        var (x, y) = (Numbers(Rows, 1, 3, 3), tensor(new long[] { 0, 1, 1, 0, 1 }));

        var (once, thrice) = (At(network, x, y, new CategoricalLikelihood(), sharing, [0.4, 1.7], draws: 1), At(network, x.repeat_interleave(Draws, 0), y, new CategoricalLikelihood(), sharing, [0.4, 1.7]));

        Assert.Equal(once.LogMarginalLikelihood, thrice.LogMarginalLikelihood, Rounding);
        Assert.Equal(once.LogDeterminantPosterior, thrice.LogDeterminantPosterior, Rounding);
    }

    private static Evidence At(nn.Module<Tensor, Tensor> network, Tensor x, Tensor y, Likelihood likelihood, WeightSharing sharing, double[] precisions, int draws = Draws)
    {
        using var sum = new CurvatureSum(network, likelihood, new LaplaceOptions { Sharing = sharing }) { Draws = draws };
        sum.Add(x, y);
        var blocks = sum.Blocks(withVectors: false);
        return new EvidenceModel(blocks, sum.Fit, PriorLayout.Of(PriorPrecision.PerLayer, blocks)).At(precisions, likelihood.HasNoise ? Noise : 1);
    }
}
