using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Preconditioners;

public sealed class SirfShampooContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new SirfShampooOptions { FactorRate = 0.1 };
}

public sealed class JoinedSirfShampooContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new SirfShampooOptions { FactorRate = 0.1, FactorMomentum = 0, JoinBiases = true, Updates = 3, Pattern = MatrixPattern.Hierarchical(2, 1) };
}

public sealed class IfShampooContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new IfShampooOptions { FactorRate = 0.2, UpdateInterval = 3, Damping = 1e-3 };
}

/// <summary>SIRFShampoo by hand and by its properties.</summary>
public sealed class SirfShampooTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void One_step_on_one_number_is_that_of_the_paper()
    {
        using var method = new SirfShampooOptions { FactorRate = 0.5, FactorMomentum = 0.5, Damping = 2, BatchSize = 3 }.Create(Shape(1, 1));

        var direction = method.Precondition(tensor(new[,] { { 2.0 } }), 0, 0);

        // N = ½ (3·2² + 2 − 1) = 6.5, m = 3.25, K = 1 − 0.5/3.25·3.25 = 0.5, and U = K²·2
        Assert.Equal(0.5, method.State["K0"][0].ToDouble(), 12);
        Assert.Equal(3.25, method.State["m0"][0].ToDouble(), 12);
        Assert.Equal(0.5, direction.ToDouble(), 12);
    }

    [Fact]
    public void Axes_may_be_exchanged()
    {
        var gradient = Numbers(2, 3, 4);
        using var method = new SirfShampooOptions { FactorRate = 0.3, BatchSize = 5 }.Create(Shape(2, 3, 4));
        using var turned = new SirfShampooOptions { FactorRate = 0.3, BatchSize = 5 }.Create(Shape(4, 2, 3));
        for (var step = 0; step < 3; step++)
        {
            var plain = method.Precondition(gradient, step, 0);
            var exchanged = turned.Precondition(gradient.permute(2, 0, 1), step, 0);

            Assert.True(allclose(plain.permute(2, 0, 1), exchanged, 1e-12, 1e-12));
        }
    }

    [Fact]
    public void Axes_of_length_one_count_nothing_and_long_ones_get_a_diagonal()
    {
        using var method = (SirfShampooPreconditioner)new SirfShampooOptions { LargestFactor = 5, BatchSize = 1 }.Create(Shape(6, 1, 4));
        using var number = (SirfShampooPreconditioner)new SirfShampooOptions { BatchSize = 1 }.Create(Shape());

        Assert.Equal("SIRFShampoo, Diagonal [6], Dense [4]", method.Description);
        Assert.Equal([6, 1, 4], method.Precondition(ones(new long[] { 6, 1, 4 }, float64), 0, 0).shape);
        Assert.Empty(number.Precondition(tensor(1.0), 0, 0).shape);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Products_that_are_kept_change_nothing(int interval)
    {
        var gradient = Numbers(6, 5);
        using var kept = new SirfShampooOptions { FactorRate = 0.2, BatchSize = 4, Updates = interval }.Create(Shape(6, 5));
        var direction = gradient;
        for (var step = 0; step < 8; step++)
        {
            direction = kept.Precondition(gradient, step, 0);
        }

        var (k, c) = (kept.State["K0"][0], kept.State["K1"][0]);
        Assert.True(allclose(k.mm(k.t()).mm(gradient).mm(c).mm(c.t()), direction, 1e-10, 1e-12));
    }

    [Fact]
    public void A_thousand_updates_in_bfloat16_stay_finite()
    {
        using var method = new SirfShampooOptions { FactorType = bfloat16, BatchSize = 32, FactorRate = 0.05 }.Create(new ParameterShape("w", [8, 6], float32, CPU));
        for (var step = 0; step < 1000; step++)
        {
            using var scope = NewDisposeScope();
            method.Precondition(Numbers(8, 6).mul(Math.Sin(step)).to(float32), step, 0);
        }

        Assert.All(method.State.Values.SelectMany(t => t), t => Assert.True(t.dtype == bfloat16 && t.isfinite().all().ToBoolean()));
    }

    [Fact]
    public void Updates_become_rarer_with_the_logarithm_of_the_step()
    {
        var schedule = UpdateSchedule.GrowingTo(3);
        var expected = new List<long>();
        for (var t = 0L; t < 500; t += Math.Max(1, Math.Min((long)Math.Floor(Math.Log(t + 1.0) / Math.Log(4) + 1e-12), 3)))
        {
            expected.Add(t);
        }

        Assert.Equal(expected, Enumerable.Range(0, 500).Select(t => (long)t).Where(schedule.Includes).ToList());
        Assert.Equal([0L, 4, 8], Enumerable.Range(0, 10).Select(t => (long)t).Where(UpdateSchedule.Every(4).Includes));
        Assert.Equal([2L, 7], Enumerable.Range(0, 10).Select(t => (long)t).Where(UpdateSchedule.At(7, 2).Includes));
    }

    [Fact]
    public void Impossible_patterns_and_types_are_named()
    {
        var options = new SirfShampooOptions { FactorType = float16, PatternsByAxes = new Dictionary<int, IReadOnlyList<MatrixPattern>> { [2] = [MatrixPattern.Dense] } };

        var problem = Assert.Throws<ArgumentException>(() => options.Validated()).Message;

        Assert.Contains("PatternsByAxes must have 2 patterns for parameters of 2 axes, but has 1.", problem);
        Assert.Contains("FactorType must be BFloat16, Float32 or Float64", problem);
    }

    private static ParameterShape Shape(params long[] sizes) => new("w", sizes, float64, CPU);

    private static Tensor Numbers(params long[] sizes) => arange(sizes.Aggregate((a, b) => a * b), dtype: float64).square().mul(0.37).sin().reshape(sizes);
}
