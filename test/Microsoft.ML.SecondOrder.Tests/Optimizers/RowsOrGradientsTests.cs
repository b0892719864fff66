using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using Microsoft.ML.SecondOrder.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Optimizers;

/// <summary>Steps from the rows of a batch, and from gradients that the user may have changed (docs/decisions/0003).</summary>
public sealed class RowsOrGradientsTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData(1e-3)]
    public void Few_rows_and_the_whole_gradient_give_the_same_step(double? normConstraint)
    {
        var (rows, whole) = (Train(true), Train(false));

        foreach (var (a, b) in rows.Zip(whole))
        {
            Assert.True(allclose(a, b, 1e-10, 1e-12));
        }

        List<Tensor> Train(bool usesRows)
        {
            using var network = Wide();
            using var optimizer = new SecondOrderOptimizer(network, new SingdOptions { UpdateInterval = 2 }, 0.1, weightDecay: 0.01, normConstraint: normConstraint);
            for (var i = 0; i < 5; i++)
            {
                optimizer.zero_grad();
                network.call(Batch(i, 4)).square().sum(dim: 1L).mean().mul(4.0 / 7).backward();
                network.call(Batch(i + 10, 3)).sin().sum(dim: 1L).mean().mul(3.0 / 7).backward();
                optimizer.UsesRows = usesRows;
                optimizer.step();
            }

            return [.. network.parameters().Select(p => p.detach().clone())];
        }
    }

    [Fact]
    public void Gradients_changed_before_the_step_are_taken_as_they_are()
    {
        using var plain = Wide();
        using var clipped = Wide();
        var (before, first, second) = (First(plain).detach().clone(), StepWith(plain, 1), StepWith(clipped, 0.5));

        // K = C = I and no momentum: the step is the gradient, halved.
        Assert.True(allclose(first.sub(before).mul(0.5), second.sub(before), 1e-9, 1e-12));

        static Tensor StepWith(nn.Module<Tensor, Tensor> network, double factor)
        {
            using var optimizer = new SecondOrderOptimizer(network, new SingdOptions { FactorRate = 0 }, 0.1, momentum: 0);
            network.call(Batch(1, 4)).square().sum().backward();
            foreach (var parameter in network.parameters())
            {
                parameter.grad!.mul_(factor);
            }

            optimizer.step();
            return First(network).detach().clone();
        }

        static Tensor First(nn.Module network) => network.parameters().First();
    }

    [Theory]
    [InlineData(true, 0.5)]
    [InlineData(false, 1)]
    public void Gradients_are_taken_on_trust_where_the_user_says_so(bool checks, double expected)
    {
        using var network = Wide();
        using var optimizer = new SecondOrderOptimizer(network, new SingdOptions { FactorRate = 0 }, 0.1, momentum: 0) { ChecksGradients = checks };
        var weight = network.parameters().First();
        using var before = weight.detach().clone();
        network.call(Batch(1, 4)).square().sum().backward();
        using var gradient = weight.grad!.clone();
        weight.grad!.mul_(0.5); // against the promise, which shows that nobody looked

        optimizer.step();

        Assert.True(allclose(gradient.mul(-0.1 * expected), weight.detach().sub(before), 1e-9, 1e-12));
    }

    /// <summary>Wide enough for the batches below that rows are cheaper than gradients.</summary>
    private static nn.Module<Tensor, Tensor> Wide()
    {
        var network = nn.Sequential(("a", nn.Linear(40, 50)), ("t", nn.Tanh()), ("b", nn.Linear(50, 30)));
        network.to(float64);
        Seeded.Fill(network, 3);
        return network;
    }

    private static Tensor Batch(int seed, int rows)
    {
        var random = new Random(seed);
        return tensor(Enumerable.Range(0, rows * 40).Select(_ => random.NextDouble() - 0.5).ToArray()).reshape(rows, 40);
    }
}
