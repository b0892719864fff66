using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using TorchSharp;
using static TorchSharp.torch;
using static Microsoft.ML.SecondOrder.Tests.MarginalLikelihood.SmallNetworks;

namespace Microsoft.ML.SecondOrder.Tests.MarginalLikelihood;

/// <summary>
/// The scale of the curvature where layers act at several positions: in the setting that each approximation is for, those of deep linear networks are the
/// blocks of the exact generalised Gauss-Newton matrix (Eschenhagen et al., 2023, arXiv 2311.00636, propositions on exactness).
/// </summary>
public sealed class SharedWeightsTests : IDisposable
{
    private const double Rounding = 1e-9, Noise = 0.6;
    private const int Rows = 5;
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(WeightSharing.Expand)]
    [InlineData(WeightSharing.Reduce)]
    public void Evidence_and_effective_parameters_are_those_of_the_exact_blocks(WeightSharing setting)
    {
        using var network = Network(setting);
        var x = setting == WeightSharing.Reduce ? Numbers(Rows, 1, 4, 4) : Numbers(Rows, 6, 3);
        var y = Numbers([.. network.call(x).shape]);
        double[] precisions = [0.4, 1.7];

        var found = At(setting);

        var jacobian = Jacobian(network, x);
        var (start, logDeterminant) = (0L, 0.0);
        foreach (var (l, layer) in network.children().Where(c => c.parameters().Any()).Index())
        {
            var count = layer.parameters().Sum(p => p.numel());
            var block = jacobian.narrow(1, start, count);
            start += count;
            var curvature = block.t().mm(block).div(Noise * Noise);
            var precision = curvature.add(eye(count, dtype: float64).mul(precisions[l]));
            logDeterminant += linalg.slogdet(precision).Item2.ToDouble();
            Assert.Equal(curvature.mm(linalg.inv(precision)).trace().ToDouble(), found.Groups[l].EffectiveParameters, Rounding);
        }

        Assert.Equal(logDeterminant, found.LogDeterminantPosterior, Rounding);
        if (setting == WeightSharing.Reduce)
        {
            Assert.False(Math.Abs(logDeterminant - At(WeightSharing.Expand).LogDeterminantPosterior) < 0.1);
        }

        Evidence At(WeightSharing sharing)
        {
            using var posterior = Fit(network, x, y, new GaussianLikelihood(), new LaplaceOptions { Sharing = sharing });
            posterior.HyperParameters = new HyperParameters(PriorPrecision.PerLayer, [.. precisions], Noise);
            return posterior.Evidence();
        }
    }

    /// <summary>Linear: convolution, mean over pixels, dense; or two dense layers at each position.</summary>
    private static nn.Module<Tensor, Tensor> Network(WeightSharing setting)
    {
        nn.Module<Tensor, Tensor> network = setting == WeightSharing.Reduce
            ? nn.Sequential(
                ("first", nn.Conv2d(1, 3, 2, dtype: float64)), ("mean", nn.AdaptiveAvgPool2d(1)), ("flat", nn.Flatten()), ("second", nn.Linear(3, 2, dtype: float64)))
            : nn.Sequential(("first", nn.Linear(3, 4, dtype: float64)), ("second", nn.Linear(4, 2, dtype: float64)));
        Fill(network);
        return network;
    }
}
