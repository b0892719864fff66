using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Preconditioners;

public sealed class ShampooContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new ShampooOptions { UpdateInterval = 3 };

    internal override double LearningRate => 3e-2;

    internal override double? NormConstraint => null;

    internal override bool HasDamping => false; // the length is the grafted method's
}

public sealed class UngraftedShampooContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new ShampooOptions { Grafting = Grafting.None, FactorDecay = 0.9, Epsilon = 1e-4, LargestFactor = 12, UpdateInterval = 1 };

    internal override double LearningRate => 1e-2;

    internal override double? NormConstraint => null;
}

public sealed class SoapContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new SoapOptions { BasisInterval = 4 };

    internal override double LearningRate => 3e-2;

    internal override double? NormConstraint => null;

    internal override bool HasDamping => false;
}

public sealed class TntContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new TntOptions { CovarianceInterval = 2, InverseInterval = 4, Damping = 0.1 };
}

public sealed class EmpiricalTntContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new TntOptions { Fisher = FisherKind.Empirical, LargestFactor = 10, Damping = 0.1 };
}

/// <summary>Shampoo, SOAP and TNT by hand and by their properties.</summary>
public sealed class ShampooTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void First_direction_on_a_vector_is_its_sign_of_length_one()
    {
        using var method = new ShampooOptions { FactorDecay = null, Epsilon = 1e-12, Grafting = Grafting.None }.Create(Shape(2));

        var direction = method.Precondition(tensor(new[] { 3.0, 4.0 }), 0, 0); // (g gᵀ)^(−1/2) g = g/|g|

        Assert.True(allclose(tensor(new[] { 0.6, 0.8 }), direction, 1e-6, 1e-6));
    }

    [Theory]
    [InlineData(Grafting.Sgd)]
    [InlineData(Grafting.AdaGrad)]
    [InlineData(Grafting.RmsProp)]
    [InlineData(Grafting.Adam)]
    public void Grafting_gives_the_length_of_the_other_method(Grafting grafting)
    {
        var gradient = Numbers(4, 3);
        using var method = new ShampooOptions { Grafting = grafting, GraftingDecay = 0.75 }.Create(Shape(4, 3));
        using var begun = new ShampooOptions { Grafting = grafting, GraftingDecay = 0.75, GraftingSteps = 1 }.Create(Shape(4, 3));

        var length = method.Precondition(gradient, 0, 0).norm().ToDouble();
        var graft = begun.Precondition(gradient, 0, 0);

        var scale = grafting switch { Grafting.Sgd => gradient.norm().ToDouble(), Grafting.RmsProp => 2 * Math.Sqrt(12), _ => Math.Sqrt(12) };
        Assert.Equal(scale, length, 1e-5);
        Assert.Equal(scale, graft.norm().ToDouble(), 1e-5);
        Assert.True(allclose(grafting == Grafting.Sgd ? gradient : gradient.sign().mul(scale / Math.Sqrt(12)), graft, 1e-5, 1e-5));
    }

    [Fact]
    public void Blocks_are_parameters_of_their_own_and_small_axes_are_merged()
    {
        var gradient = Numbers(5, 4);
        var options = new ShampooOptions { Grafting = Grafting.None, LargestFactor = 3, LargestMergedAxis = 1 };
        using var whole = options.Create(Shape(5, 4));
        using var corner = options.Create(Shape(2, 1));

        var direction = whole.Precondition(gradient, 0, 0);

        Assert.True(allclose(direction.narrow(0, 3, 2).narrow(1, 3, 1), corner.Precondition(gradient.narrow(0, 3, 2).narrow(1, 3, 1), 0, 0), 1e-9, 1e-12));
        Assert.Equal([16, 8, 9], ShampooMath.Merged([16, 8, 3, 3], 64));
        Assert.Equal([2 * 3 * 3], ShampooMath.Merged([1, 2, 3, 3], 64));
    }

    [Fact]
    public void Soap_without_a_basis_makes_the_steps_of_adam_one_step_late()
    {
        using var soap = new SoapOptions { Beta1 = 0.9, Beta2 = 0.99 }.Create(Shape(3));
        using var adam = new AdamWOptions { Beta2 = 0.99 }.Create(Shape(3));

        Assert.Equal(0, soap.Precondition(Numbers(3), 0, 0).abs().sum().ToDouble());
        for (var step = 1; step < 4; step++)
        {
            var gradient = Numbers(3).mul(step);
            Assert.True(allclose(adam.Precondition(gradient, step, 0), soap.Precondition(gradient, step, 0), 1e-6, 1e-9));
        }
    }

    [Fact]
    public void Tnt_inverts_the_damped_kronecker_product()
    {
        var gradient = Numbers(3, 2);
        using var method = new TntOptions { Fisher = FisherKind.Empirical, BatchSize = 4, Damping = 0.3, InverseInterval = 1 }.Create(Shape(3, 2));

        var direction = method.Precondition(gradient, 0, 0);

        var (u, v) = (gradient.mm(gradient.t()).mul(4), gradient.t().mm(gradient).mul(4));
        var trace = u.diagonal().sum().ToDouble();
        var half = Math.Sqrt(trace / 3 * (trace / 2));
        var left = u.mul(half * 3 / trace).add(eye(3, dtype: float64).mul(Math.Sqrt(0.3 * trace)));
        var right = v.mul(half * 2 / trace).add(eye(2, dtype: float64).mul(Math.Sqrt(0.3 * trace)));
        var curvature = kron(left, right).div(trace);
        Assert.True(allclose(gradient, curvature.mm(direction.reshape(6, 1)).reshape(3, 2), 1e-9, 1e-12));
    }

    [Fact]
    public void Tnt_without_sampled_gradients_is_an_error_that_tells_the_way_out()
    {
        using var layer = nn.Linear(3, 1);
        using var optimizer = new SecondOrderOptimizer(layer, new TntOptions());
        layer.call(ones(4, 3)).mean().backward();

        var problem = Assert.Throws<InvalidOperationException>(() => optimizer.step()).Message;

        Assert.Contains("'weight'", problem);
        Assert.Contains("ObserveCurvature(outputs, likelihood)", problem);
    }

    [Fact]
    public void Tnt_without_curvature_divides_by_the_damping()
    {
        using var method = new TntOptions { Damping = 0.5, LargestFactor = 2 }.Create(Shape(3, 2));
        method.ObserveSample(zeros(new long[] { 3, 2 }, float64), 4);

        Assert.True(allclose(ones(new long[] { 3, 2 }, float64).mul(2), method.Precondition(ones(new long[] { 3, 2 }, float64), 0, 0)));
    }

    private static ParameterShape Shape(params long[] sizes) => new("w", sizes, float64, CPU);

    private static Tensor Numbers(params long[] sizes) => arange(sizes.Aggregate((a, b) => a * b), dtype: float64).add(1).square().mul(0.37).sin().reshape(sizes);
}
