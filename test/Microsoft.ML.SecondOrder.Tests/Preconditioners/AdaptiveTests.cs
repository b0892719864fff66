using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Preconditioners;

public sealed class RootFreeAdamWContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new RootFreeAdamWOptions { Beta2 = 0.9, Epsilon = 1e-2 };

    internal override double LearningRate => 0.2;

    internal override double? NormConstraint => null;
}

public sealed class RootFreeRmsPropContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new RootFreeRmsPropOptions { Alpha = 0.95 };
}

public sealed class AdamWContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new AdamWOptions();

    internal override double LearningRate => 0.03;

    internal override double? NormConstraint => null;

    internal override bool HasDamping => false;
}

public sealed class RmsPropContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new RmsPropOptions();

    internal override double LearningRate => 3e-3;

    internal override double? NormConstraint => null;

    internal override bool HasDamping => false;
}

/// <summary>The elementwise methods by hand.</summary>
public sealed class AdaptiveTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Root_free_rmsprop_divides_by_the_scaled_mean_square()
    {
        using var method = new RootFreeRmsPropOptions { Alpha = 0.75, Epsilon = 0.5, BatchSize = 8 }.Create(Shape(2));

        var direction = method.Precondition(Vector(2, -1), 0, 0);

        // F·s = 0.75·1 + 0.25·8·g² = 8.75 and 2.75, from the start at 1
        Expect([2 / 9.25, -1 / 3.25], direction);
    }

    [Fact]
    public void Root_free_adamw_averages_before_it_divides()
    {
        using var method = new RootFreeAdamWOptions { Beta1 = 0.5, Beta2 = 0.75, Epsilon = 0.5 }.Create(Shape(1));

        method.Precondition(Vector(2), 0, 4);
        var direction = method.Precondition(Vector(-1), 1, 2);

        // m = 1, then 0; F·v = 0.75 + 4 = 4.75, then 3.5625 + 0.5
        Expect([0 / 4.5625], direction);
        Assert.Equal(4.0625, method.State["square"][0].ToDouble(), 12);
        Assert.True(method.OwnsMomentum);
    }

    [Fact]
    public void First_direction_of_a_root_free_method_is_nearly_the_gradient()
    {
        using var method = new RootFreeRmsPropOptions().Create(Shape(3));

        var direction = method.Precondition(Vector(0.02, -0.01, 0), 0, 16);

        Expect([0.02, -0.01, 0], direction, 1e-3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0.01)]
    public void Scaling_the_loss_scales_a_root_free_step_back_and_a_rooted_one_not_at_all(double factor)
    {
        using var rootFree = new RootFreeRmsPropOptions { StartsAtZero = true, Epsilon = 1e-18, BatchSize = 4 }.Create(Shape(2));
        using var rooted = new RmsPropOptions { Epsilon = 1e-12 }.Create(Shape(2));
        var gradient = Vector(0.3, -2).mul(factor);

        Expect([1 / 0.3 / 0.004 / factor, -1 / 2.0 / 0.004 / factor], rootFree.Precondition(gradient, 0, 0), 1e-5 / factor);
        Expect([10, -10], rooted.Precondition(gradient, 0, 0), 1e-5);
    }

    [Fact]
    public void Bad_settings_are_named()
    {
        using var layer = nn.Linear(2, 1);

        var problem = Assert.Throws<ArgumentException>(() => new SecondOrderOptimizer(layer, new RootFreeAdamWOptions { Beta2 = 1, Epsilon = 0, BatchSize = 0 })).Message;

        Assert.Contains("Beta2 must lie in [0, 1), but is 1.", problem);
        Assert.Contains("Epsilon must be above 0 and finite, but is 0.", problem);
        Assert.Contains("BatchSize must be at least 1, but is 0.", problem);
    }

    private static ParameterShape Shape(params long[] sizes) => new("w", sizes, float64, CPU);

    private static Tensor Vector(params double[] numbers) => tensor(numbers);

    private static void Expect(double[] expected, Tensor actual, double tolerance = 1e-12) =>
        Assert.All(expected.Zip(actual.data<double>().ToArray()), p => Assert.Equal(p.First, p.Second, tolerance));
}
