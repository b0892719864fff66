using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using TorchSharp;
using static TorchSharp.torch;
using static Microsoft.ML.SecondOrder.Tests.MarginalLikelihood.SmallNetworks;

namespace Microsoft.ML.SecondOrder.Tests.MarginalLikelihood;

public sealed class EvidenceTests : IDisposable
{
    private const double Rounding = 1e-9;
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Evidence_of_a_linear_model_is_the_density_of_its_targets()
    {
        const double Precision = 0.7, Noise = 0.4;
        var (x, y) = (Numbers(12, 3), Numbers(12, 1));
        using var network = Linear(3, 1);

        // Only at the most probable weights is the approximation exact.
        var curvature = x.t().mm(x).div(Noise * Noise).add(eye(3, dtype: float64).mul(Precision));
        Assign(network, linalg.inv(curvature).mm(x.t()).mm(y).div(Noise * Noise).t());
        using var posterior = Fit(network, x, y, new GaussianLikelihood());
        posterior.HyperParameters = new HyperParameters(PriorPrecision.Shared, [Precision], Noise);

        var covariance = eye(12, dtype: float64).mul(Noise * Noise).add(x.mm(x.t()).div(Precision));
        var square = y.t().mm(linalg.inv(covariance)).mm(y).ToDouble();
        var expected = -0.5 * (square + linalg.slogdet(covariance).Item2.ToDouble() + 12 * Math.Log(2 * Math.PI));
        Assert.Equal(expected, posterior.Evidence().LogMarginalLikelihood, Rounding);
    }

    [Fact]
    public void Weights_of_a_column_without_data_are_given_up_in_training_only()
    {
        var x = Numbers(12, 3).mul(tensor(new double[] { 1, 0, 1 }));
        using var network = Linear(3, 1);
        using var posterior = Fit(network, x, Numbers(12, 1), new GaussianLikelihood());
        var model = posterior.Model(PriorPrecision.PerInput);
        double Next(bool givesUp) => new EvidenceTuner { GivesUpUndetermined = givesUp }.Step(model, model.At([1, 1, 1], 0.5)).Precisions[1];

        Assert.Equal(Math.Exp(2), Next(true), Rounding);
        Assert.True(Next(false) < 1);
    }

    [Fact]
    public void Absurd_targets_count_as_far_ones_for_the_noise()
    {
        var (outputs, targets) = (zeros(3, 1, dtype: float64), tensor(new[] { 0.5, 3, 1e6 }).unsqueeze(1));
        double[] losses = [0.125, 2.5, 4.5];

        Assert.Equal((losses.Sum(), 3), new HuberLikelihood(1).BoundedLoss(outputs, targets, null));
        Assert.Equal((2 * losses[0] + losses[2], 3), new HuberLikelihood(1).BoundedLoss(outputs, targets, tensor(new double[] { 2, 0, 1 })));
    }

    public static TheoryData<PriorPrecision, bool, bool, double> Cases => new()
    {
        { PriorPrecision.Shared, false, false, 1 },
        { PriorPrecision.PerLayer, false, false, 1.5 },
        { PriorPrecision.PerLayer, true, true, 1 },
        { PriorPrecision.PerTensor, false, false, 1 },
        { PriorPrecision.PerTensor, true, false, 1 },
        { PriorPrecision.PerInput, false, false, 1 },
        { PriorPrecision.PerInput, false, true, 1 },
        { PriorPrecision.PerInput, true, false, 2 },
        { PriorPrecision.Curvature, false, false, 1 },
        { PriorPrecision.Curvature, true, true, 1.5 },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Gradients_are_those_of_finite_differences(PriorPrecision prior, bool separate, bool huber, double temperature)
    {
        const double Step = 1e-5, Relative = 1e-6;
        Likelihood likelihood = huber ? new HuberLikelihood(0.8) : new GaussianLikelihood();
        using var network = Mlp(3, 2);
        using var posterior = Fit(network, Numbers(9, 3), Numbers(9, 2), likelihood, new LaplaceOptions { SeparatesBias = separate, Temperature = temperature });
        var model = posterior.Model(prior);
        var place = model.Layout.Names.Select((_, i) => 0.4 * Math.Sin(i + 1)).Append(Math.Log(0.6)).ToArray();
        Evidence At(double[] p) => model.At([.. p[..^1].Select(Math.Exp)], Math.Exp(p[^1]));

        var at = At(place);
        var gradient = at.Groups.Select(g => g.LogPrecisionGradient).Append(at.LogNoiseGradient).ToArray();

        for (var i = 0; i < place.Length; i++)
        {
            double Moved(double by) => At([.. place.Select((p, j) => i == j ? p + by : p)]).LogMarginalLikelihood;
            Assert.Equal((Moved(Step) - Moved(-Step)) / (2 * Step), gradient[i], Relative * Math.Max(1, Math.Abs(gradient[i])));
        }
    }

    [Fact]
    public void Precisions_for_each_input_that_are_alike_are_those_of_the_layer()
    {
        using var network = Mlp(3, 2);
        using var posterior = Fit(network, Numbers(9, 3), tensor(new long[] { 0, 1, 1, 0, 0, 1, 0, 1, 1 }), new CategoricalLikelihood());
        var (each, layer) = (posterior.Model(PriorPrecision.PerInput), posterior.Model(PriorPrecision.PerLayer));

        var one = each.At([2.0, 2, 2, 2, 0.3], 1);
        var other = layer.At([2.0, 0.3], 1);

        Assert.Equal(other.LogMarginalLikelihood, one.LogMarginalLikelihood, Rounding);
        Assert.Equal(other.Groups[0].EffectiveParameters, one.Groups.Take(4).Sum(g => g.EffectiveParameters), Rounding);
        Assert.Equal(["first.weight[0]", "first.weight[1]", "first.weight[2]", "first.bias", "all other layers"], one.Groups.Select(g => g.Name));
    }

    [Theory]
    [InlineData(PriorPrecision.Shared)]
    [InlineData(PriorPrecision.PerLayer)]
    [InlineData(PriorPrecision.PerTensor)]
    [InlineData(PriorPrecision.Curvature)]
    public void Tuning_ends_where_the_evidence_is_level(PriorPrecision prior)
    {
        using var network = Mlp(3, 1);
        using var posterior = Fit(network, Numbers(40, 3), Numbers(40, 1), new GaussianLikelihood());
        var before = posterior.Evidence().LogMarginalLikelihood;

        var tuned = posterior.Tune(prior, steps: 500);

        Assert.True(tuned.LogMarginalLikelihood > before);
        Assert.Equal(tuned.HyperParameters, posterior.HyperParameters);
        Assert.Equal(0, tuned.LogNoiseGradient, 1e-4);
        Assert.All(tuned.Groups, g => Assert.Equal(0, g.LogPrecisionGradient, 1e-4));
        Assert.InRange(tuned.EffectiveParameters, 0, tuned.Groups.Sum(g => g.Parameters));
    }

    [Fact]
    public void Ascent_and_fixed_points_meet()
    {
        using var network = Mlp(3, 1);
        using var one = Fit(network, Numbers(40, 3), Numbers(40, 1), new GaussianLikelihood());
        using var other = Fit(network, Numbers(40, 3), Numbers(40, 1), new GaussianLikelihood());

        var fixedPoint = one.Tune(PriorPrecision.PerLayer, steps: 500);
        var ascent = other.Tune(PriorPrecision.PerLayer, EvidenceSearch.Ascent, steps: 500);

        Assert.Equal(fixedPoint.LogMarginalLikelihood, ascent.LogMarginalLikelihood, 1e-4);
    }

    [Fact]
    public void Relevant_inputs_of_a_linear_model_get_a_small_precision_and_the_others_a_large_one()
    {
        using var network = Linear(5, 1);
        var x = Numbers(200, 5);
        var y = x.mm(tensor(new[] { 1.0, 0, -2, 0, 0 }).unsqueeze(1)).add(Numbers(1, 200).reshape(200, 1).mul(0.1));
        Assign(network, linalg.lstsq(x, y).Solution.t());
        using var posterior = Fit(network, x, y, new GaussianLikelihood());

        var tuned = posterior.Tune(PriorPrecision.PerInput, steps: 300);

        double[] d = [.. tuned.Groups.Select(g => g.Precision)];
        Assert.True(Math.Max(d[0], d[2]) < 10, string.Join(", ", d));
        Assert.True(Math.Min(d[1], Math.Min(d[3], d[4])) > 50, string.Join(", ", d));
    }

    [Theory]
    [InlineData(FisherKind.Exact)]
    [InlineData(FisherKind.Empirical)]
    public void Batches_of_any_size_give_the_same_evidence(FisherKind fisher)
    {
        using var network = Mlp(3, 3);
        var (x, y) = (Numbers(10, 3), tensor(new long[] { 0, 1, 2, 0, 1, 2, 2, 2, 0, 1 }));
        double Evidence(params int[] sizes)
        {
            var starts = sizes.Select((_, i) => sizes.Take(i).Sum());
            using var posterior = LaplacePosterior.Fit(network, starts.Zip(sizes, (s, n) => (x.narrow(0, s, n), y.narrow(0, s, n))), new CategoricalLikelihood(), fisher);
            return posterior.Evidence().LogMarginalLikelihood;
        }

        Assert.Equal(Evidence(10), Evidence(4, 4, 2), Rounding);
    }

    [Fact]
    public void Sampled_curvature_approaches_the_exact_one()
    {
        using var network = Mlp(3, 3);
        var (x, y) = (Numbers(10, 3), tensor(new long[] { 0, 1, 2, 0, 1, 2, 2, 2, 0, 1 }));
        using var exact = Fit(network, x, y, new CategoricalLikelihood());
        using var sampled = Fit(network, x, y, new CategoricalLikelihood(), new LaplaceOptions { Fisher = FisherKind.Sampled, Draws = 4000, Seed = 3 });

        Assert.Equal(exact.Evidence().EffectiveParameters, sampled.Evidence().EffectiveParameters, 0.03 * exact.Evidence().EffectiveParameters);
    }

    [Fact]
    public void Last_layer_is_the_same_without_a_backward_pass()
    {
        using var network = Linear(2, 30);
        var (x, y) = (Numbers(40, 2), zeros(new long[] { 40 }, int64));
        using var all = Fit(network, x, y, new CategoricalLikelihood());
        using var last = Fit(network, x, y, new CategoricalLikelihood(), new LaplaceOptions { LastLayerOnly = true });

        Assert.Equal(last.Evidence().LogMarginalLikelihood, all.Evidence().LogMarginalLikelihood, Rounding);
    }

    [Fact]
    public void Vectors_that_go_through_in_portions_add_up_to_the_same()
    {
        using var network = Mlp(3, 6);
        double[] Eigenvalues(long numbers)
        {
            using var sum = new CurvatureSum(network, new CategoricalLikelihood(), new LaplaceOptions()) { PortionNumbers = numbers };
            sum.Add(Numbers(10, 3), zeros(new long[] { 10 }, int64));
            return [.. sum.Blocks(withVectors: false).SelectMany(b => b.OutputEigenvalues.Concat(b.InputEigenvalues))];
        }

        Assert.Equal(Eigenvalues(1 << 20), Eigenvalues(1), (a, b) => Math.Abs(a - b) < Rounding);
    }

    [Fact]
    public void Weights_of_rows_count_like_repetitions()
    {
        using var network = Mlp(3, 2);
        var (x, y) = (Numbers(5, 3), Numbers(5, 2));
        double LogLikelihoodAndCurvature(Tensor inputs, Tensor targets, Tensor? weights)
        {
            using var sum = new CurvatureSum(network, new GaussianLikelihood(), new LaplaceOptions());
            sum.Add(inputs, targets, weights);
            return sum.Fit.LogLikelihood(0.5) + sum.Blocks(withVectors: false).Sum(b => b.OutputEigenvalues.Sum());
        }

        Assert.Equal(
            LogLikelihoodAndCurvature(cat([x, x], 0), cat([y, y], 0), null),
            LogLikelihoodAndCurvature(x, y, full(5, 2.0, dtype: float64)), Rounding);
    }

    private static void Assign(nn.Module network, Tensor weight)
    {
        using var gradMode = no_grad();
        network.parameters().Single().copy_(weight);
    }
}
