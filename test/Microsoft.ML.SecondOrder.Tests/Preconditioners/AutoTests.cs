using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using Microsoft.ML.SecondOrder.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Preconditioners;

public sealed class AutoContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new AutoOptions { Fisher = FisherKind.Exact };
}

/// <summary>Every factor counts as wide: mini-blocks for the convolution, hierarchical SINGD for all else.</summary>
public sealed class WideAutoContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new AutoOptions { Fisher = FisherKind.Exact, FactorBudget = 1e-3, UpdateInterval = 2 };
}

/// <summary>As on a CUDA device: dense SINGD.</summary>
public sealed class UnwaitingAutoContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new AutoOptions { Fisher = FisherKind.Exact, AvoidsWaiting = true, UpdateInterval = 2 };
}

public sealed class AutoTests
{
    private static readonly MatrixPattern _hierarchical = MatrixPattern.Hierarchical(15, 15);

    // By hand: 1000³/10 = 1e8 is what is allowed; 3·693³/10 = 9.98e7 still is, 3·694³/10 = 1.003e8 is not.
    [Theory]
    [InlineData(1000, 128, null, null)]
    [InlineData(128, 1000, null, null)]
    [InlineData(1001, 693, "hierarchical", "dense")]
    [InlineData(1001, 694, "hierarchical", "hierarchical")]
    [InlineData(693, 1001, "dense", "hierarchical")]
    public void Each_side_is_judged_by_its_columns_without_the_bias(long inputs, long outputs, string? k, string? c)
    {
        var options = Choice(new(), inputs, outputs).Options;

        static MatrixPattern Pattern(string name) => name == "dense" ? MatrixPattern.Dense : _hierarchical;
        if (k is null)
        {
            Assert.IsType<KfacOptions>(options);
        }
        else
        {
            var singd = Assert.IsType<SingdOptions>(options);
            Assert.Equal((Pattern(k), Pattern(c!)), (singd.Inputs, singd.Outputs));
        }
    }

    [Fact]
    public void Rarer_updates_and_larger_budgets_allow_wider_inverses()
    {
        Assert.IsType<KfacOptions>(Choice(new() { UpdateInterval = 80 }, 2000, 10).Options); // 8e9/80 = 1e8
        Assert.IsType<SingdOptions>(Choice(new() { UpdateInterval = 79 }, 2000, 10).Options);
        Assert.IsType<KfacOptions>(Choice(new() { FactorBudget = 8e8 }, 2000, 10).Options);
        Assert.IsType<SingdOptions>(Choice(new() { UpdateInterval = 1 }, 500, 10).Options); // 1.25e8
    }

    [Fact]
    public void Costly_inverses_count_as_much_as_they_cost()
    {
        Assert.IsType<KfacOptions>(Choice(new(), 500, 10, 8).Options); // 8·1.25e7 = 1e8
        Assert.IsType<SingdOptions>(Choice(new(), 500, 10, 8.1).Options);
    }

    // 128 channels of 3×3 kernels are 1152 columns, though no axis of the weight is wider than 128.
    [Fact]
    public void Convolutions_are_judged_by_the_columns_of_the_joint_weight()
    {
        Assert.IsType<KfacOptions>(Choice(new(), 64 * 9, 128, kernel: 9).Options);
        Assert.IsType<MiniBlockOptions>(Choice(new(), 128 * 9, 128, kernel: 9).Options);
        Assert.IsType<MiniBlockOptions>(Choice(new() { FactorBudget = 1e-3, UpdateInterval = 2 }, 18, 6, kernel: 9).Options);
        Assert.IsType<SingdOptions>(Choice(new() { Sharing = WeightSharing.Reduce }, 128 * 9, 128, kernel: 9).Options);
        Assert.IsType<SingdOptions>(Choice(new(), 1152, 128, kernel: 1).Options);
        Assert.IsType<SingdOptions>(Choice(new(), 3 * 10_000, 64, kernel: 10_000).Options); // blocks of 1e8 numbers each
    }

    [Fact]
    public void Devices_that_are_to_be_waited_for_get_what_needs_no_waiting()
    {
        var dense = Assert.IsType<SingdOptions>(Choice(new(), 100, 10, device: DeviceType.CUDA).Options);
        Assert.Equal((MatrixPattern.Dense, MatrixPattern.Dense), (dense.Inputs, dense.Outputs));
        Assert.IsType<SingdOptions>(Choice(new(), 1152, 10, kernel: 9, device: DeviceType.CUDA).Options);
        Assert.IsType<KfacOptions>(Choice(new() { AvoidsWaiting = false }, 100, 10, device: DeviceType.CUDA).Options);
        Assert.IsType<SingdOptions>(Choice(new() { AvoidsWaiting = true }, 100, 10).Options);
    }

    [Fact]
    public void Settings_reach_every_method()
    {
        var options = new AutoOptions
        {
            Fisher = FisherKind.Sampled, FisherDraws = 3, Damping = 0.3, SingdDamping = 0.4, FactorDecay = 0.8, UpdateInterval = 7, LossAverage = LossAverage.None,
        };

        Assert.Equal(
            new KfacOptions
            {
                Fisher = FisherKind.Sampled, FisherDraws = 3, Damping = 0.3, FactorDecay = 0.8, CovarianceInterval = 7, InverseInterval = 7, LossAverage = LossAverage.None,
            },
            options.Kfac());
        Assert.Equal((FisherKind.Sampled, 3, 0.3, 0.8, 7, 7), Of(options.MiniBlock()));
        var singd = options.Singd(_hierarchical, _hierarchical);
        Assert.Equal((0.4, 7, LossAverage.None), (singd.Damping, singd.UpdateInterval, singd.LossAverage));
        Assert.Equal(0.3, (options with { SingdDamping = null }).Singd(_hierarchical, _hierarchical).Damping);

        static (FisherKind, int, double, double, int, int) Of(MiniBlockOptions o) => (o.Fisher, o.FisherDraws, o.Damping, o.FactorDecay, o.CovarianceInterval, o.InverseInterval);
    }

    [Fact]
    public void Summary_tells_each_choice_and_why()
    {
        using var network = nn.Sequential(("a", nn.Linear(1001, 8)), ("t", nn.Tanh()), ("b", nn.Linear(8, 1)));
        using var optimizer = new SecondOrderOptimizer(network, new AutoOptions());

        var lines = optimizer.Summary().Split(Environment.NewLine);

        Assert.StartsWith("a: SINGD, K UpperBlocks", lines[0]);
        Assert.Contains("because inverses would take 100,300,300 and 51 multiplications a step, of 100,000,000 allowed for each, and a dense K would take three times as much, ", lines[0]);
        Assert.StartsWith("b: K-FAC, Empirical Fisher, A [9], G [1], Factored damping, because inverses take 51 and 0 multiplications a step, of 100,000,000 allowed for each, ", lines[1]);
    }

    [Fact]
    public void A_narrow_network_is_trained_as_by_K_FAC_bit_by_bit()
    {
        using var scope = NewDisposeScope();
        Tensor Trained(PreconditionerOptions options)
        {
            using var network = nn.Sequential(("a", nn.Linear(4, 7)), ("t", nn.Tanh()), ("b", nn.Linear(7, 1)));
            Seeded.Fill(network, 3);
            using var optimizer = new SecondOrderOptimizer(network, options, 0.1);
            var x = arange(40, dtype: float32).sin().reshape(10, 4);
            for (var i = 0; i < 12; i++)
            {
                optimizer.zero_grad();
                network.call(x).square().mean().backward();
                optimizer.step();
            }

            return cat(network.parameters().Select(p => p.detach().flatten()).ToList(), 0);
        }

        Assert.Equal(0, Trained(new KfacOptions()).sub(Trained(new AutoOptions())).abs().max().ToDouble());
    }

    [Fact]
    public void The_cost_of_inverses_is_measured_once()
    {
        var cost = InverseCost.Measured(CPU, ScalarType.Float32);

        Assert.InRange(cost, 1e-3, 1e4);
        Assert.Equal(cost, InverseCost.Measured(CPU, ScalarType.BFloat16)); // whose factors have 32 bits
        using var network = nn.Linear(3, 2);
        using var optimizer = new SecondOrderOptimizer(network, new AutoOptions { MeasuresCost = true });
        Assert.Contains("K-FAC", optimizer.Summary());
    }

    private static AutoChoice Choice(AutoOptions options, long inputs, long outputs, double cost = 1, long? kernel = null, DeviceType device = DeviceType.CPU) =>
        AutoChoice.Of(options, new LayerShape("a", outputs, inputs + 1, true, ScalarType.Float32, CPU) { KernelSize = kernel }, device, cost);
}
