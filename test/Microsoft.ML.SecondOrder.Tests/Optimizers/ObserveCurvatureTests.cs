using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Optimizers;

public sealed class ObserveCurvatureTests : IDisposable
{
    private static readonly KfacOptions _kfac = new() { CovarianceInterval = 1, InverseInterval = 1 };
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Exact_factors_are_those_of_the_jacobian_by_brute_force()
    {
        using var network = Network(3);
        using var optimizer = new SecondOrderOptimizer(network, _kfac with { Fisher = FisherKind.Exact }, learningRate: 0);
        var (x, y) = (Numbers(5, 4), tensor(new long[] { 0, 1, 2, 1, 0 }));

        Pass(network, optimizer, x, new CategoricalLikelihood(), y);

        // G of the last layer: the mean Hessian of the loss itself, as that layer's outputs are the network's.
        var p = nn.functional.softmax(network.call(x).detach(), 1);
        var hessian = diag_embed(p).sub(p.unsqueeze(2).mul(p.unsqueeze(1))).mean(new long[] { 0 });
        Close(hessian, Factors(optimizer, "b").OutputFactor);

        // G of the first layer: that Hessian carried through the second layer's weight and tanh, row by row.
        var (a, b) = ((Linear)Layer(network, "a"), (Linear)Layer(network, "b"));
        var slope = a.call(x).detach().tanh().square().neg().add(1); // [5, 6]
        var jacobian = b.weight.detach().unsqueeze(0).mul(slope.unsqueeze(1)); // [5, 3, 6]
        var rowHessian = diag_embed(p).sub(p.unsqueeze(2).mul(p.unsqueeze(1)));
        Close(jacobian.transpose(1, 2).matmul(rowHessian).matmul(jacobian).mean(new long[] { 0 }), Factors(optimizer, "a").OutputFactor);
        var joint = cat([x, ones(new long[] { 5, 1 }, float64)], 1);
        Close(joint.t().mm(joint).div(5), Factors(optimizer, "a").InputFactor);
    }

    [Fact]
    public void Sampled_factors_approach_the_exact_ones_with_many_draws()
    {
        var (x, y) = (Numbers(5, 4), tensor(new long[] { 0, 1, 2, 1, 0 }));
        Tensor G(KfacOptions options)
        {
            using var network = Network(3);
            using var optimizer = new SecondOrderOptimizer(network, options, learningRate: 0);
            Pass(network, optimizer, x, new CategoricalLikelihood(), y);
            return Factors(optimizer, "a").OutputFactor.clone();
        }

        var exact = G(_kfac with { Fisher = FisherKind.Exact });
        var sampled = G(_kfac with { Fisher = FisherKind.Sampled, FisherDraws = 2000 });

        Assert.InRange(sampled.sub(exact).norm().ToDouble() / exact.norm().ToDouble(), 0, 0.08);
    }

    [Fact]
    public void Gradients_of_the_loss_are_those_of_a_training_without_it()
    {
        using var network = Network(3);
        var (x, y) = (Numbers(5, 4), tensor(new long[] { 0, 1, 2, 1, 0 }));
        new CategoricalLikelihood().Loss(network.call(x), y).backward();
        var expected = network.parameters().Select(p => p.grad!.clone()).ToList();
        network.zero_grad();
        using var optimizer = new SecondOrderOptimizer(network, _kfac with { Fisher = FisherKind.Sampled }, learningRate: 0);

        var outputs = network.call(x);
        optimizer.ObserveCurvature(outputs, new CategoricalLikelihood());
        Assert.All(network.parameters(), p => Assert.True(p.grad is null || p.grad.count_nonzero().item<long>() == 0));
        new CategoricalLikelihood().Loss(outputs, y).backward();

        foreach (var (gradient, parameter) in expected.Zip(network.parameters()))
        {
            Close(gradient, parameter.grad!);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Steps_from_rows_and_from_gradients_agree(bool singd)
    {
        var (x, y) = (Numbers(5, 40), Numbers(5, 1));
        PreconditionerOptions options = singd
            ? new SingdOptions { UpdateInterval = 1, Fisher = FisherKind.Exact }
            : _kfac with { Fisher = FisherKind.Exact };
        List<Tensor> Trained(bool usesRows)
        {
            using var network = Network(1, inputs: 40, hidden: 50);
            using var optimizer = new SecondOrderOptimizer(network, options, 0.1) { UsesRows = usesRows };
            for (var step = 0; step < 3; step++)
            {
                Pass(network, optimizer, x, new GaussianLikelihood(), y);
            }

            return [.. network.parameters().Select(p => p.detach().clone())];
        }

        foreach (var (expected, actual) in Trained(false).Zip(Trained(true)))
        {
            Close(expected, actual);
        }
    }

    [Fact]
    public void Micro_batches_make_the_factors_of_the_whole_batch()
    {
        var (x, y) = (Numbers(6, 4), Numbers(6, 2));
        (Tensor A, Tensor G) Factor(params int[] sizes)
        {
            using var network = Network(2);
            using var optimizer = new SecondOrderOptimizer(network, _kfac with { Fisher = FisherKind.Exact }, learningRate: 0);
            var start = 0;
            foreach (var size in sizes)
            {
                var outputs = network.call(x.narrow(0, start, size));
                optimizer.ObserveCurvature(outputs, new GaussianLikelihood(), share: size / 6.0);
                new GaussianLikelihood().Loss(outputs, y.narrow(0, start, size)).mul(size / 6.0).backward();
                start += size;
            }

            optimizer.step();
            return (Factors(optimizer, "a").InputFactor.clone(), Factors(optimizer, "a").OutputFactor.clone());
        }

        var (whole, parts) = (Factor(6), Factor(4, 2));

        Close(whole.A, parts.A);
        Close(whole.G, parts.G);
    }

    [Fact]
    public void Row_of_weight_two_counts_as_two_rows()
    {
        Tensor G(Tensor x, Tensor? weights)
        {
            using var network = Network(2);
            using var optimizer = new SecondOrderOptimizer(network, _kfac with { Fisher = FisherKind.Exact }, learningRate: 0);
            var outputs = network.call(x);
            optimizer.ObserveCurvature(outputs, new GaussianLikelihood(), weights: weights);
            new GaussianLikelihood().Loss(outputs, outputs.detach(), weights).backward();
            optimizer.step();
            return Factors(optimizer, "a").OutputFactor.clone();
        }

        var x = Numbers(3, 4);

        Close(G(cat([x, x.narrow(0, 1, 1)], 0), null), G(x, tensor(new double[] { 1, 2, 1 })));
    }

    [Fact]
    public void Scale_of_the_loss_is_taken_out_of_the_curvature()
    {
        Tensor G(double scale)
        {
            using var network = Network(2);
            using var optimizer = new SecondOrderOptimizer(network, _kfac with { Fisher = FisherKind.Exact }, learningRate: 0) { GradientScale = scale };
            var outputs = network.call(Numbers(3, 4));
            optimizer.ObserveCurvature(outputs, new GaussianLikelihood());
            new GaussianLikelihood().Loss(outputs, Numbers(3, 2)).mul(scale).backward();
            optimizer.step();
            return Factors(optimizer, "a").OutputFactor.clone();
        }

        Close(G(1), G(1024));
    }

    [Fact]
    public void Same_seed_gives_the_same_steps_and_another_seed_others()
    {
        var (x, y) = (Numbers(5, 4), tensor(new long[] { 0, 1, 2, 1, 0 }));
        Tensor Trained(long seed)
        {
            using var network = Network(3);
            using var optimizer = new SecondOrderOptimizer(network, _kfac with { Fisher = FisherKind.Sampled }, 0.1) { Seed = seed };
            for (var step = 0; step < 4; step++)
            {
                Pass(network, optimizer, x, new CategoricalLikelihood(), y);
            }

            return network.parameters().First().detach().clone();
        }

        Assert.Equal(0, Trained(1).sub(Trained(1)).abs().max().ToDouble());
        Assert.NotEqual(0, Trained(1).sub(Trained(2)).abs().max().ToDouble());
    }

    [Fact]
    public void Forgotten_call_is_an_error_that_says_what_to_call()
    {
        using var network = Network(1);
        using var optimizer = new SecondOrderOptimizer(network, _kfac with { Fisher = FisherKind.Sampled });
        network.call(Numbers(5, 4)).square().mean().backward();

        var error = Assert.Throws<InvalidOperationException>(() => optimizer.step());

        Assert.Contains("ObserveCurvature", error.Message);
        Assert.Contains("'a'", error.Message);
    }

    [Fact]
    public void What_libtorch_would_not_survive_is_refused()
    {
        using var network = Network(1);
        using var optimizer = new SecondOrderOptimizer(network, _kfac with { Fisher = FisherKind.Sampled });
        var likelihood = new GaussianLikelihood();
        var outputs = network.call(Numbers(5, 4));

        Assert.Contains("graph", Assert.Throws<ArgumentException>(() => optimizer.ObserveCurvature(outputs.detach(), likelihood)).Message);
        Assert.Contains("[5]", Assert.Throws<ArgumentException>(() => optimizer.ObserveCurvature(outputs.squeeze(1), likelihood)).Message);
        Assert.Contains("weights", Assert.Throws<ArgumentException>(() => optimizer.ObserveCurvature(outputs, likelihood, weights: ones(4))).Message);
        Assert.Contains("share", Assert.Throws<ArgumentException>(() => optimizer.ObserveCurvature(outputs, likelihood, share: 0)).Message);
        using var other = Network(1);
        var stranger = other.call(Numbers(5, 4));
        Assert.Contains("forward pass", Assert.Throws<InvalidOperationException>(() => optimizer.ObserveCurvature(stranger, likelihood)).Message);
        outputs.mean().backward();
        Assert.Contains("after backward", Assert.Throws<InvalidOperationException>(() => optimizer.ObserveCurvature(outputs, likelihood)).Message);
    }

    [Fact]
    public void Without_a_forward_pass_it_says_so()
    {
        using var network = Network(1);
        using var optimizer = new SecondOrderOptimizer(network, _kfac with { Fisher = FisherKind.Sampled });
        network.eval();
        var outputs = network.call(Numbers(5, 4));

        Assert.Contains("training mode", Assert.Throws<InvalidOperationException>(() => optimizer.ObserveCurvature(outputs, new GaussianLikelihood())).Message);
    }

    [Fact]
    public void Observing_leaves_no_tensor_behind()
    {
        using var network = Network(3);
        using var optimizer = new SecondOrderOptimizer(network, _kfac with { Fisher = FisherKind.Exact }, 0.01);
        var (x, y) = (Numbers(5, 4), tensor(new long[] { 0, 1, 2, 1, 0 }));

        Support.Leak.None(() =>
        {
            using var scope = NewDisposeScope();
            Pass(network, optimizer, x, new CategoricalLikelihood(), y);
        });
    }

    private static void Pass(nn.Module<Tensor, Tensor> network, SecondOrderOptimizer optimizer, Tensor x, Likelihood likelihood, Tensor y)
    {
        optimizer.zero_grad();
        var outputs = network.call(x);
        optimizer.ObserveCurvature(outputs, likelihood, y);
        likelihood.Loss(outputs, y).backward();
        optimizer.step();
    }

    /// <summary>A network with the same weights each time.</summary>
    private static nn.Module<Tensor, Tensor> Network(long outputs, long inputs = 4, long hidden = 6)
    {
        var network = nn.Sequential(("a", nn.Linear(inputs, hidden)), ("t", nn.Tanh()), ("b", nn.Linear(hidden, outputs))).to(float64);
        using var gradMode = no_grad();
        foreach (var (parameter, i) in network.parameters().Select((p, i) => (p, i)))
        {
            parameter.copy_(arange(parameter.numel(), dtype: float64).add(i).mul(1.7).sin().mul(0.6).reshape(parameter.shape));
        }

        return network;
    }

    private static Tensor Numbers(long rows, long columns) => arange(rows * columns, dtype: float64).mul(2.3).cos().reshape(rows, columns);

    private static nn.Module Layer(nn.Module network, string name) => network.named_modules().Single(m => m.name == name).module;

    private static KfacPreconditioner Factors(SecondOrderOptimizer optimizer, string layer) =>
        (KfacPreconditioner)optimizer.Layers.Single(l => l.Name == layer).Preconditioner;

    private static void Close(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.True(expected.sub(actual).abs().max().ToDouble() < 1e-11, $"Expected {expected.str()}, got {actual.str()}.");
    }
}
