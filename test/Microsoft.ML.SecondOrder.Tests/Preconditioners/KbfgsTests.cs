using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Preconditioners;

public sealed class KbfgsTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void An_update_of_the_identity_by_hand()
    {
        // s = (1, 0), y = (2, 1): ρ = ½, H = I + (¼·5 + ½) ssᵀ − ½ (s yᵀ + y sᵀ).
        var h = KbfgsMath.Updated(eye(2, dtype: float64), Vector(1, 0), Vector(2, 1));

        Close(tensor(new[,] { { 0.75, -0.5 }, { -0.5, 1 } }), h);
        Close(Vector(1, 0), h.mv(Vector(2, 1)));
    }

    [Fact]
    public void Pairs_of_a_quadratic_make_the_inverse_of_its_hessian()
    {
        var hessian = tensor(new[,] { { 3.0, 1, 0 }, { 1, 2, 0.5 }, { 0, 0.5, 1 } });
        var h = eye(3, dtype: float64);
        var steps = new List<Tensor>();
        for (var i = 0; i < 3; i++)
        {
            // Directions that are conjugate to each other, so that each update keeps what the others taught.
            var s = Vector(i == 0 ? 1 : 0, i == 1 ? 1 : 0, i == 2 ? 1 : 0);
            s = steps.Aggregate(s, (x, p) => x.sub(p.mul(x.dot(hessian.mv(p)).div(p.dot(hessian.mv(p))))));
            steps.Add(s);
            h = KbfgsMath.Updated(h, s, hessian.mv(s));
        }

        Close(eye(3, dtype: float64), h.mm(hessian));
    }

    [Fact]
    public void Damped_pairs_have_the_curvature_that_they_are_promised()
    {
        var (s, y, hy) = (Vector(1, -2, 0.5), Vector(-1, 1, 0.3), Vector(-2, 2, 0.6));

        var powell = KbfgsMath.PowellDamped(s, y, hy, 0.2);
        Assert.Equal(0.2 * y.dot(hy).ToDouble(), powell.dot(y).ToDouble(), 12);
        foreach (var least in new[] { 0.5, 1.0, 3.0 })
        {
            var damped = KbfgsMath.CurvatureDamped(s, y, least);
            Assert.Equal(least * s.dot(s).ToDouble(), s.dot(damped).ToDouble(), 12);
        }
    }

    [Fact]
    public void Limited_memory_gives_the_matrix_of_the_last_pairs()
    {
        const int O = 4;
        var shape = new LayerShape("layer", O, 3, false, float64, CPU);
        using var whole = new KbfgsOutputs(new KbfgsOptions(), shape, float64);
        using var limited = new KbfgsOutputs(new KbfgsOptions { Memory = 3 }, shape, float64);
        for (var i = 0; i < 5; i++)
        {
            var s = arange(O, dtype: float64).add(1 + i).square().sin();
            var y = s.add(arange(O, dtype: float64).mul(3 + i).cos().mul(0.3));
            limited.Learn(s, y, zeros(O, float64), 0.1);
            if (i < 3)
            {
                whole.Learn(s, y, zeros(O, float64), 0.1);
                Close(whole.Apply(eye(O, dtype: float64)), limited.Apply(eye(O, dtype: float64)));
            }
        }

        // After five pairs only the last three are left.
        var h = eye(O, dtype: float64);
        var stored = limited.State.ToDictionary(p => p.Item1, p => p.Item2);
        for (var i = 0; i < 3; i++)
        {
            h = KbfgsMath.Updated(h, stored["S"][i], stored["Y"][i]);
        }

        Close(h, limited.Apply(eye(O, dtype: float64)));
    }

    [Fact]
    public void A_closure_and_a_second_pass_by_hand_do_the_same()
    {
        double[] Weights(bool byClosure)
        {
            using var network = Network();
            using var optimizer = new SecondOrderOptimizer(network, new KbfgsOptions(), 0.1);
            Tensor Loss() => new GaussianLikelihood().Loss(network.call(Numbers(6, 3)), Numbers(6, 2));
            for (var step = 0; step < 4; step++)
            {
                if (byClosure)
                {
                    optimizer.step(() =>
                    {
                        optimizer.zero_grad();
                        var loss = Loss();
                        loss.backward();
                        return loss;
                    });
                    continue;
                }

                optimizer.zero_grad();
                Loss().backward();
                optimizer.step();
                Assert.True(optimizer.NeedsSecondPass);
                optimizer.ObserveSecondPass(Loss());
                Assert.False(optimizer.NeedsSecondPass);
            }

            return [.. network.parameters().SelectMany(p => p.detach().data<double>().ToArray())];
        }

        Assert.Equal(Weights(byClosure: true), Weights(byClosure: false), (x, y) => Math.Abs(x - y) < 1e-13);
    }

    [Fact]
    public void Two_passes_of_a_linear_model_give_a_pair_of_its_hessian()
    {
        // ½ (z − t)ᵀ M (z − t) has the Hessian M at the outputs, so that y = M s, and H_g y = s after the update.
        var metric = tensor(new[,] { { 2.0, 0.3 }, { 0.3, 0.7 } });
        using var network = nn.Linear(3, 2, dtype: float64);
        using var optimizer = new SecondOrderOptimizer(network, new KbfgsOptions { Damping = 1e-4 }, 0.3, momentum: 0);
        Tensor Outputs() => network.call(Numbers(6, 3));
        Tensor Loss()
        {
            var z = Outputs().sub(Numbers(6, 2));
            return z.mm(metric).mul(z).sum().div(12);
        }

        var before = Outputs().detach().mean([0]);
        Loss().backward();
        optimizer.step();
        optimizer.ObserveSecondPass(Loss());

        var state = optimizer.Layers[0].Preconditioner.State;
        var s = before.sub(Outputs().detach().mean([0]));
        Close(s, state["s"][0]);
        Close(metric.mv(s), state["y"][0]);
        Close(s, state["H_g"][0].mv(metric.mv(s)));
    }

    [Fact]
    public void A_second_pass_that_is_missing_or_wrong_is_named()
    {
        using var network = Network();
        using var optimizer = new SecondOrderOptimizer(network, new KbfgsOptions(), 0.1);
        Tensor Loss() => new GaussianLikelihood().Loss(network.call(Numbers(6, 3)), Numbers(6, 2));
        Assert.Contains("NeedsSecondPass", Assert.Throws<InvalidOperationException>(() => optimizer.ObserveSecondPass(Loss())).Message);
        Loss().backward();
        optimizer.step();

        Assert.Contains("graph", Assert.Throws<ArgumentException>(() => optimizer.ObserveSecondPass(Loss().detach())).Message);
        Assert.Contains("one number", Assert.Throws<ArgumentException>(() => optimizer.ObserveSecondPass(network.call(Numbers(6, 3)))).Message);
        Assert.Contains("ObserveSecondPass", Assert.Throws<InvalidOperationException>(() => optimizer.SaveState(new MemoryStream())).Message);
        var error = Assert.Throws<InvalidOperationException>(() => optimizer.step());
        Assert.Contains("'a'", error.Message);
        Assert.Contains("ObserveSecondPass(loss)", error.Message);
    }

    [Fact]
    public void Bad_options_are_refused_all_at_once()
    {
        var options = new KbfgsOptions { Damping = 0, FactorDecay = 1, PowellShare = 0, Memory = 0, UpdateInterval = 0, Fisher = FisherKind.Exact };

        var error = Assert.Throws<ArgumentException>(() => options.Validated());

        Assert.All(["Damping", "FactorDecay", "PowellShare", "Memory", "UpdateInterval", "Fisher"], part => Assert.Contains(part, error.Message));
    }

    private static nn.Module<Tensor, Tensor> Network()
    {
        var network = nn.Sequential(("a", nn.Linear(3, 4, dtype: float64)), ("t", nn.Tanh()), ("b", nn.Linear(4, 2, dtype: float64)));
        using var gradMode = no_grad();
        foreach (var parameter in network.parameters())
        {
            parameter.copy_(arange(parameter.numel(), dtype: float64).mul(1.3).sin().mul(0.5).reshape(parameter.shape));
        }

        return network;
    }

    private static Tensor Vector(params double[] values) => tensor(values);

    private static Tensor Numbers(long rows, long columns) => arange(rows * columns, dtype: float64).mul(2.3).cos().reshape(rows, columns);

    private static void Close(Tensor expected, Tensor actual) =>
        Assert.True(expected.sub(actual).abs().max().ToDouble() < 1e-11, $"Expected {expected.str()}, got {actual.str()}.");
}
