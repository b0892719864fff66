using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace PoissonEquation;

/// <summary>Two ways to train the same network.</summary>
internal static class Training
{
    private const double ShortestStep = 1e-6;

    public static nn.Module<Tensor, Tensor> Network(long seed)
    {
        random.manual_seed(seed);
        return nn.Sequential(
            ("first", nn.Linear(2, 32, dtype: float64)),
            ("tanh1", nn.Tanh()),
            ("second", nn.Linear(32, 32, dtype: float64)),
            ("tanh2", nn.Tanh()),
            ("last", nn.Linear(32, 1, dtype: float64)));
    }

    /// <summary>K-FAC of two terms; each step is as long as lowers the loss most.</summary>
    public static void Kfac(nn.Module<Tensor, Tensor> network, Problem problem, int steps)
    {
        var options = new KfacPinnOptions { Damping = 1e-3, FactorDecay = 0.5 };
        using var optimizer = new SecondOrderOptimizer(network, options, learningRate: 1, momentum: 0);
        var gaussian = new GaussianLikelihood();
        var length = 1.0;
        for (var s = 0; s < steps; s++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var (laplacian, edge) = problem.Evaluate(network);
            optimizer.ObserveCurvature(laplacian, gaussian); // the first term of the curvature
            optimizer.ObserveCurvature(edge, gaussian); // and the second
            var loss = problem.Loss(laplacian, edge);
            loss.backward();

            var before = network.parameters().Select(p => p.detach().clone()).ToList();
            optimizer.step();
            length = ChooseLength(network, problem, before, loss.detach().ToDouble(), Math.Min(1, 4 * length));
        }
    }

    public static void Adam(nn.Module<Tensor, Tensor> network, Problem problem, int steps, double learningRate)
    {
        using var optimizer = optim.Adam(network.parameters(), lr: learningRate);
        for (var s = 0; s < steps; s++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var (laplacian, edge) = problem.Evaluate(network);
            problem.Loss(laplacian, edge).backward();
            optimizer.step();
        }
    }

    /// <summary>Goes back along the step that was made: halves its length as long as that lowers the loss.</summary>
    private static double ChooseLength(nn.Module<Tensor, Tensor> network, Problem problem, List<Tensor> before, double lossBefore, double longest)
    {
        using var gradMode = no_grad();
        var parameters = network.parameters().ToList();
        var step = parameters.Zip(before, (now, then) => now.sub(then)).ToList();
        var (best, least) = (0.0, lossBefore);
        for (var length = longest; length > ShortestStep; length /= 2)
        {
            using var scope = NewDisposeScope();
            Move(length);
            var (laplacian, edge) = problem.Evaluate(network);
            var loss = problem.Loss(laplacian, edge).ToDouble();
            if (loss < least)
            {
                (best, least) = (length, loss);
            }
            else if (best > 0)
            {
                break;
            }
        }

        Move(best);
        return Math.Max(best, ShortestStep);

        void Move(double length)
        {
            for (var i = 0; i < parameters.Count; i++)
            {
                parameters[i].copy_(before[i].add(step[i], alpha: length));
            }
        }
    }
}
