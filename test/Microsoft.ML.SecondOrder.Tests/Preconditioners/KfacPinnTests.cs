using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Preconditioners;

public sealed class KfacPinnTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Laplacian_of_a_small_network_by_hand()
    {
        // u = tanh(2x + 3y + 1): u' = (2, 3)(1 − u²), Δu = (4 + 9)(−2u)(1 − u²).
        using var linear = nn.Linear(2, 1, dtype: float64);
        using var network = nn.Sequential(("a", linear), ("t", nn.Tanh()));
        using (no_grad())
        {
            linear.weight.copy_(tensor(new[,] { { 2.0, 3.0 } }));
            linear.bias!.copy_(tensor(new[] { 1.0 }));
        }

        var (value, gradient, laplacian) = ForwardLaplacian.Evaluate(network, tensor(new[,] { { 0.1, -0.2 } }));

        var u = Math.Tanh(0.6);
        Close(tensor(new[,] { { u } }), value);
        Close(tensor(new[,,] { { { 2 * (1 - u * u) }, { 3 * (1 - u * u) } } }), gradient);
        Close(tensor(new[,] { { -26 * u * (1 - u * u) } }), laplacian);
    }

    [Theory]
    [InlineData("tanh")]
    [InlineData("sigmoid")]
    [InlineData("silu")]
    public void Derivatives_are_those_of_finite_differences(string activation)
    {
        using var network = Network(activation);
        var x = Numbers(4, 2);

        var (value, gradient, laplacian) = ForwardLaplacian.Evaluate(network, x);

        Close(network.call(x), value);
        const double H = 1e-4;
        var sum = zeros_like(value);
        for (var i = 0; i < 2; i++)
        {
            var shift = zeros_like(x);
            shift.select(1, i).fill_(H);
            var (above, below) = (network.call(x.add(shift)), network.call(x.sub(shift)));
            Close(above.sub(below).div(2 * H), gradient.select(1, i), 1e-6);
            sum = sum.add(above.add(below).sub(value.mul(2)).div(H * H));
        }

        Close(sum, laplacian, 1e-5);
    }

    [Fact]
    public void Modules_without_a_rule_are_named()
    {
        using var network = nn.Sequential(("a", nn.Linear(2, 3, dtype: float64)), ("r", nn.ReLU()));

        Assert.Contains("ReLU", Assert.Throws<ArgumentException>(() => ForwardLaplacian.Evaluate(network, Numbers(4, 2))).Message);
        Assert.Contains("[points, dimensions]", Assert.Throws<ArgumentException>(() => ForwardLaplacian.Evaluate(network, Numbers(4, 2)[0])).Message);
    }

    [Fact]
    public void Two_products_are_inverted_together()
    {
        var (a1, a2, g1, g2) = (Positive(3, 1), Positive(3, 2), Positive(2, 3), Positive(2, 4));
        var v = Numbers(2, 3);

        var direction = TwoTermMath.Direction(v, TwoTermMath.Joint(a1, a2, 0.1, "A"), TwoTermMath.Joint(g1, g2, 0.1, "G"));

        Tensor Damped(Tensor m) => m.add(eye(m.shape[0], dtype: float64).mul(0.1));
        var sum = kron(Damped(g1), Damped(a1)).add(kron(Damped(g2), Damped(a2)));
        Close(linalg.solve(sum, v.reshape(-1)).reshape(2, 3), direction);
        Close(direction.div(4), TwoTermMath.Direction(v, TwoTermMath.Joint(a1.mul(4), a2.mul(4), 0.4, "A"), TwoTermMath.Joint(g1, g2, 0.1, "G")));
        Assert.Contains("pair", Assert.Throws<NumericalException>(() => TwoTermMath.Joint(a1, a2.neg(), 0.1, "pair")).Message);
    }

    [Fact]
    public void The_factors_of_a_single_layer_make_up_the_curvature_of_its_laplacian()
    {
        // u = w₂ · tanh(W x): the last layer's Laplacian is linear in w₂, so that its block is exact up to the product of means.
        using var network = Network("tanh");
        using var optimizer = new SecondOrderOptimizer(network, new KfacPinnOptions { Terms = 1 }, learningRate: 0);
        var (_, _, laplacian) = ForwardLaplacian.Evaluate(network, Numbers(4, 2));
        optimizer.ObserveCurvature(laplacian, new GaussianLikelihood());
        laplacian.mean().backward();
        optimizer.step();

        // d Δu / d (channels of the output) = (0, 0, 0, 1): G = 1, and A is the mean of all channels' rows.
        var state = optimizer.Layers[1].Preconditioner.State;
        Close(ones([1, 1], float64), state["G1"][0]);
        Assert.Equal(1.0 / 4, state["A1"][0][5, 5].ToDouble(), 12); // the bias is in one of four channels
    }

    [Fact]
    public void A_step_with_another_number_of_terms_is_an_error()
    {
        using var network = Network("tanh");
        using var optimizer = new SecondOrderOptimizer(network, new KfacPinnOptions(), 0.1);
        var outputs = network.call(Numbers(4, 2));
        optimizer.ObserveCurvature(outputs, new GaussianLikelihood());
        outputs.sum().backward();

        var error = Assert.Throws<InvalidOperationException>(() => optimizer.step());

        Assert.Contains("'a' was shown 1 terms", error.Message);
    }

    [Fact]
    public void Two_terms_are_saved_and_loaded()
    {
        using var network = Network("tanh");
        using var optimizer = new SecondOrderOptimizer(network, new KfacPinnOptions(), 0.01);
        using var other = new SecondOrderOptimizer(network, new KfacPinnOptions(), 0.01);
        using var x = Numbers(4, 2);
        Step(network, optimizer, x);
        var stream = new MemoryStream();
        optimizer.SaveState(stream);
        stream.Position = 0;
        other.LoadState(stream);

        foreach (var (saved, loaded) in optimizer.Layers.Zip(other.Layers))
        {
            Assert.All(saved.Preconditioner.State, p => Assert.Equal(p.Value[0].data<double>().ToArray(), loaded.Preconditioner.State[p.Key][0].data<double>().ToArray()));
        }
    }

    [Fact]
    public void Two_terms_leave_nothing_behind()
    {
        Support.Requires.TorchSharpStandIn("the real one counts gradients that autograd.grad did not find as tensors that live.");
        using var network = Network("tanh");
        using var optimizer = new SecondOrderOptimizer(network, new KfacPinnOptions(), 0.01);
        using var x = Numbers(4, 2);
        Step(network, optimizer, x);

        Support.Leak.None(() => Step(network, optimizer, x));
    }

    [Fact]
    public void Bad_options_are_refused_all_at_once()
    {
        var options = new KfacPinnOptions { Damping = 0, Terms = 3, FactorDecay = 1, UpdateInterval = 0, Fisher = FisherKind.Empirical, Sharing = WeightSharing.Reduce };

        var error = Assert.Throws<ArgumentException>(() => options.Validated());

        Assert.All(["Damping", "Terms", "FactorDecay", "UpdateInterval", "Fisher", "Sharing"], part => Assert.Contains(part + " must", error.Message));
    }

    private static void Step(nn.Module<Tensor, Tensor> network, SecondOrderOptimizer optimizer, Tensor x)
    {
        using var scope = NewDisposeScope();
        optimizer.zero_grad();
        var (_, _, laplacian) = ForwardLaplacian.Evaluate(network, x);
        var edge = network.call(x);
        optimizer.ObserveCurvature(laplacian, new GaussianLikelihood());
        optimizer.ObserveCurvature(edge, new GaussianLikelihood());
        laplacian.square().mean().add(edge.square().mean()).backward();
        optimizer.step();
    }

    private static nn.Module<Tensor, Tensor> Network(string activation)
    {
        nn.Module<Tensor, Tensor> between = activation switch { "tanh" => nn.Tanh(), "sigmoid" => nn.Sigmoid(), _ => nn.SiLU() };
        var network = nn.Sequential(("a", nn.Linear(2, 5, dtype: float64)), ("t", between), ("b", nn.Linear(5, 1, dtype: float64)));
        using var gradMode = no_grad();
        foreach (var parameter in network.parameters())
        {
            parameter.copy_(arange(parameter.numel(), dtype: float64).mul(1.3).sin().reshape(parameter.shape));
        }

        return network;
    }

    private static Tensor Positive(long size, double seed)
    {
        var x = arange(size * (size + 1), dtype: float64).add(seed).square().mul(0.61).sin().reshape(size, size + 1);
        return x.mm(x.t());
    }

    private static Tensor Numbers(long rows, long columns) => arange(rows * columns, dtype: float64).mul(2.3).cos().reshape(rows, columns);

    private static void Close(Tensor expected, Tensor actual, double tolerance = 1e-11) =>
        Assert.True(expected.sub(actual).abs().max().ToDouble() < tolerance, $"Expected {expected.detach().str()}, got {actual.detach().str()}.");
}
