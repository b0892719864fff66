using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Preconditioners;

public sealed class FoofTests : IDisposable
{
    private static readonly LayerShape _shape = new("layer", Outputs: 2, Inputs: 3, HasBias: false, float64, CPU);
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Direction_is_the_ridge_regression_of_a_step_on_the_outputs()
    {
        // Change of weights D with least Σ |a D' − g|² / N + λ |D|²: its normal equations are (A + λI) D' = aᵀ g / N.
        using var foof = new FoofPreconditioner(new FoofOptions { Damping = 0.2 }, _shape);
        var (a, g) = (Numbers(5, 3), Numbers(5, 2));
        foof.Observe(new LayerSample(a, g, 5, 1));
        foof.Refresh(0, 1);

        var direction = foof.Precondition(g.t().mm(a).div(5));

        Close(linalg.solve(a.t().mm(a).div(5).add(eye(3, 3, float64).mul(0.2)), a.t().mm(g).div(5)).t(), direction);
        var (left, right) = foof.PreconditionRows(g.div(5), a);
        Close(direction, left.t().mm(right));
    }

    [Fact]
    public void Output_gradients_do_not_matter()
    {
        Tensor Direction(double scale)
        {
            using var foof = new FoofPreconditioner(new FoofOptions(), _shape);
            foof.Observe(new LayerSample(Numbers(5, 3), Numbers(5, 2).mul(scale), 5, 1));
            foof.Refresh(0, 1);
            return foof.Precondition(Numbers(2, 3));
        }

        Close(Direction(1), Direction(1e6));
    }

    [Fact]
    public void Bad_options_are_refused_all_at_once()
    {
        var options = new FoofOptions { Damping = 0, FactorDecay = -1, UpdateInterval = 0, Fisher = FisherKind.Exact };

        var error = Assert.Throws<ArgumentException>(() => options.Validated());

        Assert.All(["Damping", "FactorDecay", "UpdateInterval", "Fisher"], part => Assert.Contains(part, error.Message));
    }

    [Fact]
    public void Updates_leave_nothing_behind_that_outlives_scope_and_state() => Support.Leak.None(() =>
    {
        using var scope = NewDisposeScope();
        using var foof = new FoofPreconditioner(new FoofOptions(), _shape);
        foof.Observe(new LayerSample(Numbers(5, 3), Numbers(5, 2), 5, 1));
        foof.Refresh(0, 1);
        foof.Precondition(Numbers(2, 3)).Dispose();
    });

    private static Tensor Numbers(long rows, long columns) => arange(rows * columns, dtype: float64).mul(2.3).cos().reshape(rows, columns);

    private static void Close(Tensor expected, Tensor actual) =>
        Assert.True(expected.sub(actual).abs().max().ToDouble() < 1e-11, $"Expected {expected.str()}, got {actual.str()}.");
}
