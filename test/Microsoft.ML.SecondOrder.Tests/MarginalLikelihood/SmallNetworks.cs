using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.MarginalLikelihood;

/// <summary>Networks and data small enough for brute force, in double.</summary>
internal static class SmallNetworks
{
    /// <summary>Numbers that look random and are always the same.</summary>
    public static Tensor Numbers(params long[] shape)
    {
        var count = shape.Aggregate(1L, (a, b) => a * b);
        return tensor(Enumerable.Range(0, (int)count).Select(i => Math.Sin(1.7 * i * i + 0.3 * i + shape.Length)).ToArray()).reshape(shape);
    }

    public static nn.Module<Tensor, Tensor> Mlp(long inputs, long outputs)
    {
        var network = nn.Sequential(
            ("first", nn.Linear(inputs, 4, dtype: float64)), ("activation", nn.Tanh()), ("second", nn.Linear(4, outputs, dtype: float64)));
        Fill(network);
        return network;
    }

    public static nn.Module<Tensor, Tensor> Convolutional()
    {
        var network = nn.Sequential(
            ("first", nn.Conv2d(1, 2, 2, dtype: float64)), ("activation", nn.Tanh()), ("flat", nn.Flatten()), ("second", nn.Linear(8, 2, dtype: float64)));
        Fill(network);
        return network;
    }

    public static nn.Module<Tensor, Tensor> Linear(long inputs, long outputs, bool bias = false)
    {
        var network = nn.Sequential(("only", nn.Linear(inputs, outputs, bias, dtype: float64)));
        Fill(network);
        return network;
    }

    public static LaplacePosterior Fit(nn.Module<Tensor, Tensor> network, Tensor x, Tensor y, Likelihood likelihood, LaplaceOptions? options = null) =>
        LaplacePosterior.Fit(network, [(x, y)], likelihood, options);

    /// <summary>The Jacobian of all outputs in all parameters, one backward pass each: [B·C, P].</summary>
    public static Tensor Jacobian(nn.Module<Tensor, Tensor> network, Tensor x)
    {
        var rows = new List<Tensor>();
        var outputs = network.call(x);
        for (var i = 0L; i < outputs.numel(); i++)
        {
            network.zero_grad();
            outputs.flatten()[i].backward(retain_graph: true);
            rows.Add(cat(network.parameters().Select(p => p.grad!.flatten().clone()).ToList(), 0));
        }

        network.zero_grad();
        return stack(rows, 0);
    }

    /// <summary>Gives all parameters numbers that look random.</summary>
    public static void Fill(nn.Module network)
    {
        using var gradMode = no_grad();
        foreach (var parameter in network.parameters())
        {
            parameter.copy_(Numbers(parameter.shape).mul(0.7));
        }
    }
}
