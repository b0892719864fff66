using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;
using static Microsoft.ML.SecondOrder.Tests.MarginalLikelihood.SmallNetworks;

namespace Microsoft.ML.SecondOrder.Tests.MarginalLikelihood;

/// <summary>The prior that is the damped curvature itself, beside matrices written out.</summary>
public sealed class CurvaturePriorTests : IDisposable
{
    private const double Rounding = 1e-8, Rate = 0.2, Damping = 0.03, Noise = 0.6;
    private const int Count = 9;
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Evidence_is_that_of_the_matrices_written_out()
    {
        using var network = Mlp(3, 2);
        var (x, y) = (Numbers(Count, 3), Numbers(Count, 2));
        using var posterior = Fitted(network, x, y);

        var evidence = posterior.Evidence();

        double prior = 0, both = 0, scatter = 0, effective = 0;
        foreach (var (curvature, precision, weights) in Blocks(network, x))
        {
            var sum = curvature.add(precision);
            prior += linalg.slogdet(precision).Item2.ToDouble();
            both += linalg.slogdet(sum).Item2.ToDouble();
            scatter += weights.mul(precision.mv(weights)).sum().ToDouble();
            effective += linalg.inv(sum).mm(curvature).diagonal().sum().ToDouble();
        }

        Assert.Equal(prior, evidence.LogDeterminantPrior, Rounding);
        Assert.Equal(both, evidence.LogDeterminantPosterior, Rounding);
        Assert.Equal(scatter, evidence.Scatter, Rounding);
        Assert.Equal(effective, evidence.EffectiveParameters, Rounding);
        Assert.Equal(evidence.LogLikelihood - 0.5 * (both - prior + scatter), evidence.LogMarginalLikelihood, Rounding);
    }

    [Fact]
    public void Covariance_is_the_inverse_of_the_matrices_written_out()
    {
        using var network = Mlp(3, 2);
        var (x, y) = (Numbers(Count, 3), Numbers(Count, 2));
        using var posterior = Fitted(network, x, y);

        foreach (var (block, (curvature, precision, _)) in posterior.Posterior().Zip(Blocks(network, x)))
        {
            var (o, i) = (block.Block.Outputs, block.Block.Inputs);
            var root = stack([.. Enumerable.Range(0, o * i).Select(n => block.Draw(eye(o * i, dtype: float64)[n].reshape(o, i)).flatten())], 1);
            Assert.Equal(0, root.mm(root.t()).mm(curvature.add(precision)).sub(eye(o * i, dtype: float64)).abs().max().ToDouble(), Rounding);
        }
    }

    [Fact]
    public void Decay_beside_preconditioned_steps_comes_to_rest_where_this_prior_is_most_probable()
    {
        const double Step = 1e-5, Level = 1e-5;
        using var network = Linear(3, 2, bias: true);
        var (x, y, likelihood) = (Numbers(Count, 3), Numbers(Count, 2), new GaussianLikelihood());
        var options = new KfacOptions { Fisher = FisherKind.Exact, Damping = Damping };
        using (var optimizer = new SecondOrderOptimizer(network, [new LayerGroup(options) { LearningRate = 0.5, Momentum = 0, WeightDecay = Rate, DecayBiases = false }]))
        {
            for (var step = 0; step < 300; step++)
            {
                optimizer.zero_grad();
                var outputs = network.call(x);
                optimizer.ObserveCurvature(outputs, likelihood, y);
                likelihood.Loss(outputs, y).backward();
                optimizer.step();
            }
        }

        var weight = network.parameters().First();
        double Density(int place, double by)
        {
            using var gradMode = no_grad();
            weight.view(-1)[place].add_(by);
            using var posterior = Fitted(network, x, y);
            weight.view(-1)[place].sub_(by);
            return posterior.Evidence().LogLikelihood - 0.5 * posterior.Evidence().Scatter;
        }

        Assert.All(Enumerable.Range(0, 6), place => Assert.Equal(0, (Density(place, Step) - Density(place, -Step)) / (2 * Step), Level));
        Assert.True(weight.abs().min().ToDouble() > 0.001);
    }

    [Fact]
    public void Rows_cannot_be_left_out_with_it_and_its_damping_must_be_positive()
    {
        using var network = Mlp(3, 2);
        var (x, y) = (Numbers(Count, 3), Numbers(Count, 2));
        using var posterior = Fitted(network, x, y);

        Assert.Contains("PriorPrecision.Curvature", Assert.Throws<InvalidOperationException>(() => posterior.LeaveOneOut([(x, y)])).Message);
        Assert.Contains("Damping must be above 0", Assert.Throws<ArgumentException>(() => Fit(network, x, y, new GaussianLikelihood(), new LaplaceOptions { Damping = 0 })).Message);
    }

    [Fact]
    public void Noise_is_chosen_for_a_decay_that_is_given()
    {
        using var network = Mlp(3, 2);
        using var posterior = Fitted(network, Numbers(Count, 3), Numbers(Count, 2));

        var evidence = posterior.AssumeDecay(Rate);

        Assert.Equal(Rate, evidence.HyperParameters.Precisions[0]);
        Assert.Equal(0, evidence.LogNoiseGradient, 1e-4);
    }

    private static LaplacePosterior Fitted(nn.Module<Tensor, Tensor> network, Tensor x, Tensor y)
    {
        var posterior = Fit(network, x, y, new GaussianLikelihood(), new LaplaceOptions { Damping = Damping });
        posterior.HyperParameters = new HyperParameters(PriorPrecision.Curvature, [Rate], Noise);
        return posterior;
    }

    /// <summary>hG ⊗ A, hNγP and [W 0] of each layer, from the Jacobian in the biases.</summary>
    private static List<(Tensor Curvature, Tensor Precision, Tensor Weights)> Blocks(nn.Module<Tensor, Tensor> network, Tensor x)
    {
        const double H = 1 / (Noise * Noise);
        var one = ones(new long[] { Count, 1 }, float64);
        var (parameters, jacobian) = (network.parameters().ToList(), Jacobian(network, x));
        var hidden = ((nn.Module<Tensor, Tensor>)network.children().First()).call(x).tanh().detach();
        var (blocks, start) = (new List<(Tensor, Tensor, Tensor)>(), 0L);
        foreach (var (inputs, weight, bias) in new[] { (x, parameters[0], parameters[1]), (hidden, parameters[2], parameters[3]) })
        {
            var rows = cat([inputs, one], 1);
            var ofBias = jacobian.narrow(1, start + weight.numel(), bias.numel());
            start += weight.numel() + bias.numel();
            var (a, g) = (rows.t().mm(rows).div(Count), ofBias.t().mm(ofBias));
            var (i, o) = (a.shape[0], g.shape[0]);
            var pi = Math.Sqrt(a.diagonal().mean().ToDouble() / (g.diagonal().mean().ToDouble() / Count));
            var p = kron(g.div(Count).add(eye(o, dtype: float64).mul(Math.Sqrt(Damping) / pi)), a.add(eye(i, dtype: float64).mul(Math.Sqrt(Damping) * pi)));
            blocks.Add((kron(g, a).mul(H), p.mul(H * Count * Rate), cat([weight.detach(), zeros(new long[] { o, 1 }, float64)], 1).flatten()));
        }

        return blocks;
    }
}
