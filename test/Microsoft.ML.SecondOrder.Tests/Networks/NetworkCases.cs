using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Microsoft.ML.SecondOrder.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Networks;

/// <summary>One small network of each kind, with data of its kind.</summary>
internal static class NetworkCases
{
    public static InputSegment Image => new("Pixels", InputKind.PlanarImage, [2, 8, 8], []);

    public static InputSegment Tokens => new("Tokens", InputKind.Tokens, [6], [11]);

    public static InputSegment Categories => new("Keys", InputKind.Categories, [2], [3, 5]);

    public static Dictionary<string, (Network Network, ImmutableArray<InputSegment> Inputs)> All { get; } = new()
    {
        ["residual"] = (Network.ResidualMlp(16, 2), [InputSegment.Numbers("x", 5)]),
        ["convolutional"] = (Network.Convolutional(4, 6) with { HiddenWidths = [10] }, [Image]),
        ["convolutional, interleaved, relu"] = (
            Network.Convolutional(4) with { Activation = Activation.Relu, Kernel = 5 }, [new("Pixels", InputKind.InterleavedImage, [7, 5, 3], [])]),
        ["wide residual, group norm"] = (Network.WideResNet(10, 1), [Image]),
        ["wide residual, fixup"] = (Network.WideResNet(10, 1) with { Style = ResidualStyle.Fixup }, [Image]),
        ["vision transformer"] = (Network.VisionTransformer(4, 2) with { Width = 12, Heads = 3 }, [Image]),
        ["text transformer"] = (Network.TextTransformer(2, 8), [Tokens]),
        ["mean of tokens"] = (Network.TextTransformer(0, 8), [Tokens]),
        ["columns transformer"] = (Network.FtTransformer(8, 2), [InputSegment.Numbers("x", 3), Categories]),
        ["graph"] = (Network.GraphConvolution(8, 8), [new("Nodes", InputKind.Numbers, [4, 3], []), new("Links", InputKind.Adjacency, [4, 4], [])]),
        ["graph, first node"] = (
            Network.GraphConvolution(8) with { Readout = GraphReadout.FirstNode },
            [new("Links", InputKind.Adjacency, [4, 4], []), new("Nodes", InputKind.Numbers, [4, 3], [])]),
        ["joined"] = (Network.Joined(12) with { PartWidth = 6 }, [InputSegment.Numbers("x", 3), Categories, Tokens, Image]),
    };

    /// <summary>A network, its shape and rows of inputs.</summary>
    public static (Network Network, NetworkShape Shape, float[] Inputs) Case(string name, int rows)
    {
        var (network, segments) = All[name];
        var shape = new NetworkShape(segments.Sum(s => s.Size), 2) { Segments = segments };
        var inputs = Enumerable.Range(0, rows).SelectMany(r => segments.SelectMany(s => Values(s, r))).ToArray();
        return (network, shape, inputs);
    }

    private static IEnumerable<float> Values(InputSegment segment, int row) => Enumerable.Range(0, segment.Size).Select(i => segment.Kind switch
    {
        InputKind.Tokens => i > row ? 0 : (row * 7 + i * 3) % segment.Vocabularies[0],
        InputKind.Categories => (row + i) % segment.Vocabularies[i],
        InputKind.Adjacency => (i / 4 + i % 4 + row) % 3 == 0 ? 1f : 0f,
        _ => MathF.Sin(row * 131 + i * i),
    });

    /// <summary>Moves every weight a little, so that none is zero or the same as its neighbours.</summary>
    public static void Disturb(nn.Module module)
    {
        using var gradMode = no_grad();
        foreach (var (_, parameter) in module.named_parameters())
        {
            using var scope = NewDisposeScope();
            parameter.add_(arange(parameter.numel(), dtype: float32).mul(0.37).sin().mul(0.1).reshape(parameter.shape));
        }
    }

    public static List<NamedWeights> Weights(nn.Module module) => [.. module.named_parameters().Select(p =>
    {
        using var values = p.parameter.detach().contiguous();
        return new NamedWeights(p.name, [.. p.parameter.shape], MemoryMarshal.Cast<byte, float>(values.bytes).ToArray());
    })];
}
