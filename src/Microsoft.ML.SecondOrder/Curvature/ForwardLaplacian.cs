using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Curvature;

/// <summary>
/// The value of a network, its first derivatives and its Laplacian by its inputs in one forward pass, for networks that solve
/// differential equations (Dangel, Müller and Zeinhofer, 2024, arXiv 2405.15603, section 3).
/// </summary>
/// <remarks>
/// Each layer acts on S = d + 2 channels [z, ∂z/∂x₁ … ∂z/∂x_d, Δz] with one weight, and with its bias on the first alone; an
/// activation σ turns them into σ(z), σ'(z) ∂z, and σ'(z) Δz + σ''(z) Σ (∂z)². A second-order optimizer sees the channels as
/// positions that share the weight. The result has a graph, so that its loss can be differentiated by the weights.
/// </remarks>
public static class ForwardLaplacian
{
    /// <summary>Value, gradient and Laplacian at some points.</summary>
    /// <param name="network">Linear layers with Tanh, Sigmoid, SiLU or Identity between them, in Sequentials of any depth.</param>
    /// <param name="points">Where: [N, d].</param>
    /// <returns>[N, O], [N, d, O] and [N, O].</returns>
    /// <exception cref="ArgumentException">The points are not [N, d], or a module is of another kind.</exception>
    public static (Tensor Value, Tensor Gradient, Tensor Laplacian) Evaluate(nn.Module<Tensor, Tensor> network, Tensor points)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(points);
        if (points.dim() != 2 || !points.is_floating_point())
        {
            throw new ArgumentException($"The points must be numbers of shape [points, dimensions], but are {points.dtype} of shape [{string.Join(", ", points.shape)}].", nameof(points));
        }

        using var scope = NewDisposeScope();
        var dimensions = points.shape[1];
        var directions = eye(dimensions, dimensions, points.dtype, points.device).unsqueeze(0).expand(points.shape[0], dimensions, dimensions);
        var start = cat(new List<Tensor> { points.unsqueeze(1), directions, zeros_like(points).unsqueeze(1) }, 1); // [N, S, d]
        var end = Through(network, start);
        return (
            end.select(1, 0).MoveToOuterDisposeScope(),
            end.narrow(1, 1, dimensions).MoveToOuterDisposeScope(),
            end.select(1, dimensions + 1).MoveToOuterDisposeScope());
    }

    private static Tensor Through(nn.Module<Tensor, Tensor> module, Tensor channels) => module switch
    {
        Sequential sequential => sequential.children().Aggregate(channels, (z, child) => Through(AsLayer(child), z)),
        Linear linear => Apply(linear, channels),
        Tanh => Activate(channels, OfTanh),
        Sigmoid => Activate(channels, OfSigmoid),
        SiLU => Activate(channels, OfSiLU),
        Identity => channels,
        _ => throw Unknown(module),
    };

    private static nn.Module<Tensor, Tensor> AsLayer(nn.Module module) => module as nn.Module<Tensor, Tensor> ?? throw Unknown(module);

    private static ArgumentException Unknown(nn.Module module) => new(
        $"ForwardLaplacian has no rule for a module of kind '{module.GetType().Name}'. Build the network of Linear, Tanh, Sigmoid, SiLU and Identity modules in a Sequential.");

    /// <summary>The layer is called with all channels, so that its hooks see them; what the bias did to the derivatives is taken away again.</summary>
    private static Tensor Apply(Linear linear, Tensor channels)
    {
        var outputs = linear.call(channels); // [N, S, O]
        if (linear.bias is not { } bias)
        {
            return outputs;
        }

        var derivatives = ones(new[] { channels.shape[1], 1 }, channels.dtype, channels.device); // [S, 1]
        using (var value = derivatives.select(0, 0))
        {
            value.ClearInPlace();
        }

        return outputs.Minus(derivatives.mul(bias));
    }

    private static Tensor Activate(Tensor channels, Func<Tensor, (Tensor Value, Tensor Slope, Tensor Bend)> activation)
    {
        var dimensions = channels.shape[1] - 2;
        var (value, slope, bend) = activation(channels.select(1, 0)); // [N, O] each
        var first = channels.narrow(1, 1, dimensions);
        var laplacian = slope.mul(channels.select(1, dimensions + 1)).Plus(bend.mul(first.square().sum(dim: 1L)));
        return cat(new List<Tensor> { value.unsqueeze(1), slope.unsqueeze(1).mul(first), laplacian.unsqueeze(1) }, 1);
    }

    private static (Tensor, Tensor, Tensor) OfTanh(Tensor z)
    {
        var t = z.tanh();
        var slope = t.square().neg().Plus(1);
        return (t, slope, t.mul(slope).Times(-2));
    }

    private static (Tensor, Tensor, Tensor) OfSigmoid(Tensor z)
    {
        var s = z.sigmoid();
        var slope = s.mul(s.neg().Plus(1));
        return (s, slope, slope.mul(s.Times(-2).Plus(1)));
    }

    /// <summary>zσ, σ + zσ', 2σ' + zσ''.</summary>
    private static (Tensor, Tensor, Tensor) OfSiLU(Tensor z)
    {
        var (s, slope, bend) = OfSigmoid(z);
        return (z.mul(s), s.Plus(z.mul(slope)), slope.Times(2).Plus(z.mul(bend)));
    }
}
