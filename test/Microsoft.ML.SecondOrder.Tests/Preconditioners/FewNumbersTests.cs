using System.Globalization;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using Microsoft.ML.SecondOrder.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Microsoft.ML.SecondOrder.Tests.Preconditioners;

/// <summary>SINGD in little memory: state of the sizes of the paper, in bfloat16, for as long as one likes.</summary>
public sealed class FewNumbersTests
{
    public static TheoryData<MatrixPattern> Patterns =>
    [
        MatrixPattern.Dense, MatrixPattern.Diagonal, MatrixPattern.BlockDiagonal(5), MatrixPattern.Hierarchical(3, 3), MatrixPattern.LowerToeplitz,
        MatrixPattern.UpperToeplitz, MatrixPattern.DiagonalAndFirstColumn, MatrixPattern.DiagonalAndLastColumn, MatrixPattern.DiagonalAndFirstRow, MatrixPattern.DiagonalAndLastRow,
    ];

    /// <summary>Numbers of a factor of dimension 13 and of one of dimension 8, counted by hand.</summary>
    public static TheoryData<MatrixPattern, long, long> Numbers => new()
    {
        { MatrixPattern.Dense, 169, 64 },
        { MatrixPattern.Diagonal, 13, 8 },
        { MatrixPattern.BlockDiagonal(5), 2 * 25 + 3 * 3, 25 + 3 * 3 },
        { MatrixPattern.Hierarchical(3, 2), 3 * 3 + 3 * 10 + 8 + 2 * 8 + 2 * 2, 3 * 3 + 3 * 5 + 3 + 2 * 3 + 2 * 2 },
        { MatrixPattern.LowerToeplitz, 13, 8 },
        { MatrixPattern.UpperToeplitz, 13, 8 },
        { MatrixPattern.DiagonalAndFirstColumn, 25, 15 },
        { MatrixPattern.DiagonalAndLastColumn, 25, 15 },
        { MatrixPattern.DiagonalAndFirstRow, 25, 15 },
        { MatrixPattern.DiagonalAndLastRow, 25, 15 },
    };

    [Theory, MemberData(nameof(Numbers))]
    public void State_is_as_large_as_the_formulas_say(MatrixPattern pattern, long inputs, long outputs)
    {
        using var scope = NewDisposeScope();
        using var network = nn.Linear(12, 8); // 12 and a bias
        var options = new SingdOptions { Inputs = pattern, Outputs = pattern, OutputType = bfloat16 };
        using var optimizer = new SecondOrderOptimizer(network, options);

        network.call(randn(4, 12)).square().mean().backward();
        optimizer.step();

        var layer = Assert.Single(optimizer.Layers);
        var bytes = layer.Preconditioner.State.Values.SelectMany(t => t).Sum(t => t.numel() * t.ElementSize);
        Assert.Equal(2 * (4 * inputs + 2 * outputs), bytes); // factors and their momenta
        Assert.Equal(13 * 8, layer.Momentum!.numel());
        Assert.Equal(inputs, pattern.StoredNumbers(13));
        Assert.Equal(outputs, pattern.StoredNumbers(8));
    }

    [Theory, MemberData(nameof(Patterns))]
    public void A_thousand_steps_in_bfloat16_stay_finite(MatrixPattern pattern)
    {
        using var scope = NewDisposeScope();
        using var network = Network(bfloat16);
        var options = new SingdOptions { Inputs = pattern, Outputs = pattern, UpdateInterval = 1, NormalizeFactorStep = true };
        using var optimizer = new SecondOrderOptimizer(network, options, 1e-3, normConstraint: 1e-2);
        var (x, y) = Examples();
        var low = x.to(bfloat16);
        var before = F.cross_entropy(network.call(low).to(float32), y).ToDouble();

        for (var step = 0; step < 1000; step++)
        {
            using var inner = NewDisposeScope();
            optimizer.zero_grad();
            F.cross_entropy(network.call(low).to(float32), y).backward();
            optimizer.step();
        }

        var after = F.cross_entropy(network.call(low).to(float32), y).ToDouble();
        Assert.All(optimizer.Layers.SelectMany(l => l.Preconditioner.State.Values).SelectMany(t => t), t => Assert.Equal(bfloat16, t.dtype));
        Assert.All(optimizer.Layers.SelectMany(l => l.Preconditioner.State.Values).SelectMany(t => t).Concat(network.parameters()), IsFinite);
        Assert.True(after < 0.98 * before, $"The loss went from {before} to {after}.");
    }

    [Fact]
    public void Classic_KFAC_in_bfloat16_fails_where_SINGD_does_not()
    {
        using var scope = NewDisposeScope();
        var moment = Moment(); // [12, 12]
        var average = zeros(new long[] { 12, 12 }, bfloat16);
        var exact = zeros(new long[] { 12, 12 }, float64);
        for (var step = 0; step < 1000; step++)
        {
            // The running average of classic K-FAC, kept in bfloat16 and, beside it, in double.
            average = average.mul(0.95).add(moment.to(bfloat16), 0.05);
            exact = exact.mul(0.95).add(moment, 0.05);
        }

        // It cannot be factorised in bfloat16 at all: libtorch has no such routine.
        var damping = eye(12, 12, float64).mul(1e-3);
        Assert.ThrowsAny<Exception>(() => linalg.cholesky(average.add(damping.to(bfloat16))));

        // And lifted to double it has drifted so far that, unlike the true one, it is no longer positive definite with the damping.
        Assert.Equal(0, linalg.cholesky_ex(exact.add(damping)).info.item<int>());
        Assert.NotEqual(0, linalg.cholesky_ex(average.to(float64).add(damping)).info.item<int>());

        static Tensor Moment()
        {
            var x = Examples().X.to(float64);
            return x.t().mm(x).div(x.shape[0]);
        }
    }

    [Fact]
    public void Ten_thousand_steps_take_no_more_memory_than_two_thousand()
    {
        var growth = double.Parse(SecondProcess.Run(MeasureGrowth), CultureInfo.InvariantCulture);

        Assert.True(growth < 24, $"The process grew by {growth} MiB.");
    }

    [Fact(Explicit = true)]
    public void MeasureGrowth()
    {
        if (SecondProcess.Arguments.Length > 0)
        {
            return;
        }

        using var network = Network(float32);
        using var optimizer = new SecondOrderOptimizer(network, new SingdOptions { UpdateInterval = 10 }, 1e-4);
        var (x, y) = Examples();
        var (memory, tensors) = (0L, 0L);
        for (var step = 0; step < 10_000; step++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            F.cross_entropy(network.call(x), y).backward();
            optimizer.step();
            if (step == 2000)
            {
                (memory, tensors) = (Environment.WorkingSet, Leak.Live);
            }
        }

        var grown = Leak.Live - tensors > 20 ? double.PositiveInfinity : (Environment.WorkingSet - memory) / 1048576.0;
        SecondProcess.Answer(grown.ToString(CultureInfo.InvariantCulture));
    }

    private static nn.Module<Tensor, Tensor> Network(ScalarType type)
    {
        var network = nn.Sequential(("hidden", nn.Linear(12, 16)), ("tanh", nn.Tanh()), ("output", nn.Linear(16, 3)));
        Seeded.Fill(network, 1);
        network.to(type);
        return network;
    }

    /// <summary>Inputs around 2 to 4: their second moments have one large eigenvalue and eleven small ones.</summary>
    private static (Tensor X, Tensor Y) Examples()
    {
        var random = new Generator(3);
        var around = linspace(2, 4, 12);
        var x = randn(new long[] { 24, 12 }, generator: random).mul(0.05).add(around);
        var scores = x.sub(around).mm(randn(new long[] { 12, 3 }, generator: random));
        return (x, scores.argmax(1));
    }

    private static void IsFinite(Tensor tensor) => Assert.True(tensor.isfinite().all().ToBoolean());
}
