using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Tests.Support;
using Microsoft.ML.SecondOrder.Training;
using TorchSharp;
using static TorchSharp.torch;
using static Microsoft.ML.SecondOrder.Tests.MarginalLikelihood.SmallNetworks;

namespace Microsoft.ML.SecondOrder.Tests.Training;

/// <summary>What <see cref="ValidatedWeightDecayTests"/> are made of: where other rates would lead, mean weights, and courses of rates.</summary>
public sealed class DecayResponseTests
{
    [Theory]
    [InlineData(0.02, 0.3)]
    [InlineData(0.3, 0.02)]
    public void A_linear_model_goes_to_where_the_other_rate_is_at_rest(double from, double to)
    {
        const double Damping = 0.05, Forever = 1e6;
        using var scope = NewDisposeScope();
        var (x, y) = (Numbers(20, 3), Numbers(20, 2));
        using var network = Linear(3, 2);
        using var other = Linear(3, 2);
        Settle(network, x, y, Damping, from);
        Settle(other, x, y, Damping, to);
        var before = network.call(x).detach();
        using var curvature = Curvature(network, x, y);
        using var response = new DecayResponse(curvature, _ => Damping);

        response.Move(from, to, Forever);

        Same(other.call(x), network.call(x), 1e-9);
        response.Restore();
        Same(before, network.call(x), 0);
    }

    [Fact]
    public void The_way_there_is_that_of_small_steps()
    {
        const double From = 0.1, To = 0.4, Time = 3;
        const int Steps = 300_000;
        double[] ratios = [0, 0.02, 0.5, 1];
        using var scope = NewDisposeScope();

        var reached = DecayResponse.Reach(tensor(ratios), From, To, Time).data<double>().ToArray();

        for (var i = 0; i < ratios.Length; i++)
        {
            var delta = 0.0;
            for (var step = 0; step < Steps; step++)
            {
                delta -= Time / Steps * ((ratios[i] + To) * delta + To - From);
            }

            Assert.Equal(delta, reached[i], 1e-5);
        }
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        using var network = Mlp(3, 2);
        var (x, y) = (Numbers(10, 3), Numbers(10, 2));

        Leak.None(() =>
        {
            using var curvature = Curvature(network, x, y);
            using var response = new DecayResponse(curvature, _ => 0.1);
            response.Move(0.1, 0.2, 5);
            response.Restore();
        });
    }

    [Fact]
    public void A_schedule_has_the_rate_of_its_last_change_and_a_geometric_mean()
    {
        var schedule = new DecaySchedule(0.1, [(0.25, 0.4), (0.75, 0.025)]);

        Assert.Equal([0.1, 0.1, 0.4, 0.4, 0.025, 0.025], new[] { 0, 0.24, 0.25, 0.74, 0.75, 1 }.Select(schedule.At));
        Assert.Equal(Math.Exp(0.25 * Math.Log(0.1) + 0.5 * Math.Log(0.4) + 0.25 * Math.Log(0.025)), schedule.Mean, 1e-12);
        Assert.Equal(0.2, schedule.Times(0.5).At(0.5));
        Assert.Equal(0.05, new DecaySchedule(0.05, []).Mean, 1e-12);
    }

    [Fact]
    public void Schedules_are_averaged_as_logarithms_at_each_time()
    {
        var average = DecaySchedule.Average([new(0.1, [(0.25, 0.4), (0.75, 0.025)]), new(0.4, [(0.5, 0.1)])]);

        double[] expected = [Math.Sqrt(0.1 * 0.4), Math.Sqrt(0.4 * 0.4), Math.Sqrt(0.4 * 0.1), Math.Sqrt(0.025 * 0.1)];
        Assert.All(new[] { 0, 0.25, 0.5, 0.75 }.Zip(expected), p => Assert.Equal(p.Second, average.At(p.First), 1e-12));
        Assert.Equal(3, average.Changes.Count);
    }

    [Fact]
    public void Weights_and_their_mean_are_exchanged_and_a_new_mean_begins()
    {
        using var scope = NewDisposeScope();
        using var network = Linear(1, 1);
        using var average = new WeightAverage(network);
        double Weight() => network.parameters().Single().ToDouble();
        void Count(double value)
        {
            using var gradMode = no_grad();
            network.parameters().Single().fill_(value);
            average.Add();
        }

        Count(1);
        Count(2);
        Count(6);

        average.Exchange();
        Assert.Equal(3, Weight(), 1e-12);
        average.Exchange();
        Assert.Equal(6, Weight());
        average.Restart();
        Count(10);
        Count(20);
        average.Exchange();
        Assert.Equal(15, Weight(), 1e-12);
        Leak.None(() =>
        {
            using var other = new WeightAverage(network);
            other.Add();
            other.Exchange();
        });
    }

    private static CurvatureSum Curvature(nn.Module<Tensor, Tensor> network, Tensor x, Tensor y)
    {
        var curvature = new CurvatureSum(network, new GaussianLikelihood(), new LaplaceOptions { Fisher = FisherKind.Exact });
        curvature.Add(x, y);
        return curvature;
    }

    /// <summary>The weights at which the gradient of the mean of half the squares is −γ(F + λ)θ: W((1 + γ)A + γλ) = B.</summary>
    private static void Settle(nn.Module<Tensor, Tensor> network, Tensor x, Tensor y, double damping, double decay)
    {
        using var gradMode = no_grad();
        var count = (double)x.shape[0];
        var matrix = x.t().mm(x).div(count).mul(1 + decay).add(eye(x.shape[1], dtype: float64).mul(decay * damping));
        network.parameters().Single().copy_(linalg.inv(matrix).mm(x.t().mm(y)).div(count).t());
    }

    private static void Same(Tensor expected, Tensor actual, double tolerance) =>
        Assert.InRange(expected.sub(actual).abs().max().ToDouble(), 0, tolerance);
}
