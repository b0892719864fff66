using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using TorchSharp;
using static TorchSharp.torch;

namespace PoissonEquation;

/// <summary>Δu = −2π² sin(πx) sin(πy) on the square from −1 to 1, with u = 0 on its edge: u = sin(πx) sin(πy).</summary>
internal sealed class Problem : IDisposable
{
    private const int Inside = 256;
    private const int OnTheEdge = 64;
    private readonly GaussianLikelihood _likelihood = new();
    private readonly Tensor _points;
    private readonly Tensor _operator;
    private readonly Tensor _edge;
    private readonly Tensor _nothing;
    private readonly Tensor _grid;
    private readonly Tensor _solution;

    public Problem(long seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed, CPU);
        _points = rand(new long[] { Inside, 2 }, float64, generator: generator).mul(2).sub(1).DetachFromDisposeScope();
        _operator = Exact(_points).mul(-2 * Math.PI * Math.PI).DetachFromDisposeScope();
        var along = rand(new long[] { OnTheEdge, 1 }, float64, generator: generator).mul(2).sub(1);
        var across = arange(OnTheEdge, dtype: float64).remainder(2).mul(2).sub(1).unsqueeze(1);
        var isUpright = arange(OnTheEdge, dtype: float64).div(2).floor().remainder(2).unsqueeze(1).eq(0);
        _edge = cat([where(isUpright, across, along), where(isUpright, along, across)], 1).DetachFromDisposeScope();
        _nothing = zeros(new long[] { OnTheEdge, 1 }, float64).DetachFromDisposeScope();
        var axis = linspace(-1, 1, 31, float64);
        _grid = cartesian_prod(axis, axis).DetachFromDisposeScope();
        _solution = Exact(_grid).DetachFromDisposeScope();
    }

    /// <summary>Δu inside and u on the edge as the network has them: [256, 1] and [64, 1].</summary>
    public (Tensor Laplacian, Tensor Edge) Evaluate(nn.Module<Tensor, Tensor> network) =>
        (ForwardLaplacian.Evaluate(network, _points).Laplacian, network.call(_edge));

    /// <summary>Half the mean squared error of the equation inside, and of the value on the edge.</summary>
    public Tensor Loss(Tensor laplacian, Tensor edge) => _likelihood.Loss(laplacian, _operator).add(_likelihood.Loss(edge, _nothing));

    /// <summary>|u − û| / |u| on a grid of 31 × 31 points.</summary>
    public double Error(nn.Module<Tensor, Tensor> network)
    {
        using var gradMode = no_grad();
        using var scope = NewDisposeScope();
        return network.call(_grid).sub(_solution).norm().div(_solution.norm()).ToDouble();
    }

    public void Dispose()
    {
        foreach (var tensor in new[] { _points, _operator, _edge, _nothing, _grid, _solution })
        {
            tensor.Dispose();
        }
    }

    private static Tensor Exact(Tensor points) => points.mul(Math.PI).sin().prod(1).unsqueeze(1);
}
