using Microsoft.ML.SecondOrder.Likelihoods;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Likelihoods;

public sealed class LikelihoodTests
{
    private const double Rounding = 1e-14;

    [Fact]
    public void Gaussian_loss_is_half_the_squared_error_summed_over_outputs()
    {
        using var scope = NewDisposeScope();
        var outputs = tensor(new double[] { 1, 2, 3, 4 }).reshape(2, 2);
        var targets = tensor(new double[] { 0, 2, 1, 0 }).reshape(2, 2);

        var loss = new GaussianLikelihood().Loss(outputs, targets);

        Assert.Equal((0.5 * 1 + 0.5 * (4 + 16)) / 2, loss.ToDouble(), Rounding);
    }

    [Theory]
    [InlineData(0.3, 1)]
    [InlineData(-2, 0)]
    [InlineData(40, 0)]
    [InlineData(-800, 1)]
    public void Bernoulli_loss_is_the_negative_log_probability(double logOdds, double target)
    {
        using var scope = NewDisposeScope();

        var loss = new BernoulliLikelihood().Loss(tensor(new[] { logOdds }).reshape(1, 1), tensor(new[] { target }).reshape(1, 1));

        var signed = target == 1 ? -logOdds : logOdds;
        var expected = signed > 30 ? signed : Math.Log(1 + Math.Exp(signed));
        Assert.Equal(expected, loss.ToDouble(), 1e-12);
    }

    [Fact]
    public void Categorical_loss_is_the_negative_log_probability_of_the_class()
    {
        using var scope = NewDisposeScope();
        var outputs = tensor(new double[] { 0, 1, 2, 5, 5, 5 }).reshape(2, 3);

        var loss = new CategoricalLikelihood().Loss(outputs, tensor(new long[] { 2, 0 }));

        var first = -Math.Log(Math.Exp(2) / (1 + Math.Exp(1) + Math.Exp(2)));
        Assert.Equal((first + Math.Log(3)) / 2, loss.ToDouble(), Rounding);
    }

    [Fact]
    public void Weight_of_two_counts_a_row_twice_and_zero_not_at_all()
    {
        using var scope = NewDisposeScope();
        var (likelihood, outputs) = (new GaussianLikelihood(), tensor(new double[] { 1, 2, 3 }).reshape(3, 1));
        var targets = zeros(new long[] { 3, 1 }, float64);

        var weighted = likelihood.Loss(outputs, targets, tensor(new double[] { 2, 1, 0 }));

        Assert.Equal(0.5 * (1 + 1 + 4) / 3, weighted.ToDouble(), Rounding);
    }

    [Fact]
    public void A_loss_leaves_no_tensor_behind()
    {
        using var outputs = ones(4, 2);
        using var targets = zeros(4, 2);
        using var weights = ones(4);
        Likelihood likelihood = new GaussianLikelihood();

        Support.Leak.None(() => likelihood.Loss(outputs, targets, weights).Dispose());
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(1.0)]
    [InlineData(30.0)]
    public void Normalizer_of_noise_is_the_integral_over_its_errors(double precision)
    {
        foreach (var likelihood in new Likelihood[] { new GaussianLikelihood(), new HuberLikelihood(0.7) })
        {
            const double Width = 60;
            const int Points = 400_001;
            using var scope = NewDisposeScope();
            var errors = linspace(-Width, Width, Points, float64).unsqueeze(1);
            var losses = likelihood is HuberLikelihood
                ? nn.functional.huber_loss(errors, zeros_like(errors), 0.7, nn.Reduction.None)
                : errors.square().mul(0.5);
            var density = losses.mul(-precision).exp();
            var (mass, mean) = (density.sum().ToDouble(), density.mul(losses).sum().ToDouble());

            Assert.Equal(Math.Log(mass * 2 * Width / (Points - 1)), likelihood.LogNormalizer(precision), 1e-6);
            Assert.Equal(mean / mass, likelihood.ExpectedLoss(precision), 1e-6);
        }
    }

    [Fact]
    public void Summed_hessian_of_classes_is_that_of_its_roots()
    {
        using var scope = NewDisposeScope();
        var (outputs, weights) = (tensor(new double[] { 0, 1, 2, 5, 5, 4 }).reshape(2, 3), tensor(new[] { 0.5, 2.0 }));
        var likelihood = new CategoricalLikelihood();

        var expected = zeros(new long[] { 3, 3 }, float64);
        foreach (var root in likelihood.HessianRoots(outputs))
        {
            expected = expected.add(root.t().mm(root.mul(weights.unsqueeze(1))));
        }

        Assert.InRange(likelihood.HessianSum(outputs, weights: weights).sub(expected).abs().max().ToDouble(), 0, Rounding);
    }
}
