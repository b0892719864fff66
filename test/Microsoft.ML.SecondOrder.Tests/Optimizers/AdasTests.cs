using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Optimizers;

public sealed class AdasTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(0.3)]
    [InlineData(-1.4)]
    public void Search_finds_the_least_value(double where)
    {
        Assert.Equal(where, BoundedSearch.Minimum(x => Math.Pow(x - where, 2) + Math.Pow(x - where, 4), -2, 3, 1e-9), 7);
        Assert.InRange(BoundedSearch.Minimum(x => x, -2, 3, 1e-9), -2, -2 + 1e-6); // a bound is approached, not reached
    }

    [Fact]
    public void A_signal_above_noise_is_found_and_the_noise_left_out()
    {
        using var generator = new Generator(3, CPU);
        var noise = randn([30, 80], float64, generator: generator).mul(0.1);
        var signal = arange(30, dtype: float64).sin().outer(arange(80, dtype: float64).cos())
            .add(arange(30, dtype: float64).cos().outer(arange(80, dtype: float64).mul(2).cos()).mul(0.5));

        Assert.Empty(EmpiricalBayesRank.Signal(Factorizations.SingularValues(noise, "matrix"), 80));
        var found = EmpiricalBayesRank.Signal(Factorizations.SingularValues(signal.add(noise), "matrix"), 80);
        var truth = Factorizations.SingularValues(signal, "matrix");
        Assert.Equal(2, found.Length);
        Assert.All(found.Zip(truth), p => Assert.InRange(p.First / p.Second, 0.95, 1.05));
    }

    [Fact]
    public void Scale_and_transposition_do_not_matter()
    {
        var weight = arange(60, dtype: float64).square().mul(0.37).sin().reshape(6, 10).add(1);

        var gain = AdasMath.KnowledgeOfWeight(weight, 1);

        Assert.Equal(gain.Gain, AdasMath.KnowledgeOfWeight(weight.t().mul(7e-4), 1).Gain, 3);
        Assert.Equal(gain.Rank, AdasMath.KnowledgeOfWeight(weight.t().mul(7e-4), 1).Rank, 12);
        Assert.InRange(gain.Gain, 0, 1);
    }

    [Fact]
    public void Layers_move_by_their_own_rates()
    {
        using var network = Network();
        using var optimizer = new SecondOrderOptimizer(network, new FoofOptions(), 0.1, momentum: 0);
        var schedule = new AdasSchedule(optimizer, new AdasOptions { LeastShare = 0.01 });
        schedule.step();
        Assert.All(schedule.Layers, l => Assert.Equal(0.1, l.LearningRate));
        var (rate, before) = (schedule.Layers[0].LearningRate, schedule.Layers[0].KnowledgeGain);
        using (no_grad())
        {
            var weight = network.named_parameters().First(p => p.name == "a.weight").parameter;
            weight.copy_(arange(8, dtype: float64).sin().outer(arange(12, dtype: float64).cos())); // one direction alone
        }

        schedule.step();

        var (first, second) = (schedule.Layers[0], schedule.Layers[1]);
        Assert.Equal(Math.Max(0.8 * rate + first.KnowledgeGain - before, 0.001), first.LearningRate, 12);
        Assert.Equal(1.0 / 8, first.KnowledgeGain, 6);
        Assert.Equal(1, first.Condition, 6);
        Assert.Equal(0.08, second.LearningRate, 12); // its weight is as it was
        var moved = Moves(network, optimizer);
        schedule.Resume([]);
        var plain = Moves(network, optimizer);
        Assert.Equal(second.LearningRate / 0.1, moved["b"] / plain["b"], 1e-6);
        Assert.Equal(first.LearningRate / 0.1, moved["a"] / plain["a"], 1e-6);
    }

    [Fact]
    public void A_schedule_goes_on_from_what_it_found()
    {
        using var network = Network();
        using var optimizer = new SecondOrderOptimizer(network, new KfacOptions(), 0.1);
        var schedule = new AdasSchedule(optimizer);
        schedule.step();
        schedule.step();
        var second = new AdasSchedule(optimizer);
        second.Resume(schedule.Layers);

        schedule.step();
        second.step();

        Assert.Equal(schedule.Layers, second.Layers);
        Assert.Contains("'x'", Assert.Throws<ArgumentException>(() => second.Resume([schedule.Layers[0] with { Name = "'x'" }])).Message);
    }

    [Fact]
    public void Impossible_settings_are_refused()
    {
        using var network = Network();
        using var still = new SecondOrderOptimizer(network, new FoofOptions(), 0);
        using var moving = new SecondOrderOptimizer(network, new FoofOptions(), 0.1);

        Assert.Contains("'a'", Assert.Throws<ArgumentException>(() => new AdasSchedule(still)).Message);
        var error = Assert.Throws<ArgumentException>(() => new AdasSchedule(moving, new AdasOptions { Beta = 1, Zeta = 0, Power = -1, LeastShare = 2 }));
        Assert.All(["Beta", "Zeta", "Power", "LeastShare"], part => Assert.Contains(part + " must", error.Message));
    }

    [Fact]
    public void An_epoch_leaves_no_tensor_behind()
    {
        using var network = Network();
        using var optimizer = new SecondOrderOptimizer(network, new FoofOptions(), 0.1);
        var schedule = new AdasSchedule(optimizer);

        Support.Leak.NoneAtOnce(() => schedule.step());
    }

    /// <summary>How far the weights of each layer move in one step without curvature.</summary>
    private static Dictionary<string, double> Moves(nn.Module<Tensor, Tensor> network, SecondOrderOptimizer optimizer)
    {
        using var scope = NewDisposeScope();
        var before = network.named_parameters().ToDictionary(p => p.name, p => p.parameter.detach().clone());
        optimizer.zero_grad();
        var x = arange(60, dtype: float64).sin().reshape(5, 12);
        network.call(x).square().sum().backward();
        optimizer.step();
        using var gradMode = no_grad();
        var moves = network.named_parameters().ToDictionary(p => p.name, p => p.parameter.sub(before[p.name]).norm().ToDouble());
        foreach (var (name, parameter) in network.named_parameters())
        {
            parameter.copy_(before[name]);
        }

        return new() { ["a"] = moves["a.weight"], ["b"] = moves["b.weight"] };
    }

    private static nn.Module<Tensor, Tensor> Network()
    {
        var network = nn.Sequential(("a", nn.Linear(12, 8, dtype: float64)), ("b", nn.Linear(8, 6, dtype: float64)));
        using var gradMode = no_grad();
        foreach (var parameter in network.parameters())
        {
            parameter.copy_(arange(parameter.numel(), dtype: float64).square().mul(0.7).sin().reshape(parameter.shape));
        }

        return network;
    }
}
