namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>Dense layers of one width in blocks that add to what they read; see <see cref="Network.ResidualMlp(int, int)"/>.</summary>
public sealed record ResidualMlpNetwork : GraphNetwork
{
    /// <summary>Units of each layer. Default 256; 1 to 65 536.</summary>
    public int Width { get; init => field = NetworkCheck.InRange(value, 1, MlpNetwork.MaximumWidth); } = 256;

    /// <summary>Blocks of two layers. Default 3; 1 to 1 000.</summary>
    public int Blocks { get; init => field = NetworkCheck.InRange(value, 1, 1000); } = 3;

    /// <summary>The function before each layer of a block. Default <see cref="Activation.Silu"/>.</summary>
    public Activation Activation { get; init; } = Activation.Silu;

    /// <summary>For example <c>ResidualMlp(256, 3 blocks) with Silu</c>.</summary>
    public override string ToString() => $"ResidualMlp({Width}, {Blocks} blocks) with {Activation}";

    /// <summary>Each block starts at zero, so that the network starts as a linear one whatever its depth.</summary>
    internal override NetworkGraph Build(NetworkShape shape)
    {
        var graph = new NetworkGraph(shape.Inputs);
        var x = graph.Append("input", new Dense(Width, Gain: 1), 0);
        for (var i = 1; i <= Blocks; i++)
        {
            var y = graph.Append($"block{i}_activation1", new Activate(Activation), x);
            y = graph.Append($"block{i}_dense1", new Dense(Width, Gain: 2, SpreadBias: true), y);
            y = graph.Append($"block{i}_activation2", new Activate(Activation), y);
            y = graph.Append($"block{i}_dense2", new Dense(Width, Gain: 0), y);
            x = graph.Append($"block{i}_sum", new Add(), x, y);
        }

        graph.Output(graph.Append("activation", new Activate(Activation), x), shape);
        return graph;
    }
}
