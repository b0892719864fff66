using System.Buffers;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>The forward pass of a graph in float32, without a native call.</summary>
internal sealed class GraphForward : IManagedForward
{
    private readonly Step[] _steps;
    private readonly int _inputs;
    private readonly int _outputs;
    private readonly int _floats;

    /// <exception cref="FormatException">A parameter is missing or has another shape.</exception>
    public GraphForward(NetworkGraph graph, IReadOnlyList<NamedWeights> weights)
    {
        var byName = weights.ToDictionary(w => w.Name);
        foreach (var (name, plan) in graph.Parameters)
        {
            if (!byName.TryGetValue(name, out var found) || !found.Shape.AsSpan().SequenceEqual(plan.Shape.AsSpan()))
            {
                throw new FormatException($"The network needs the parameter '{name}' of shape [{string.Join(", ", plan.Shape)}], but found "
                    + (found is null ? "none." : $"[{string.Join(", ", found.Shape)}]."));
            }
        }

        var places = Places(graph, out _floats);
        _inputs = graph.Nodes[0].Shape[0];
        _outputs = graph.Nodes[^1].Shape[0];
        _steps = [.. Enumerable.Range(1, graph.Nodes.Count - 1).Select(i => new Step(
            GraphKernels.Of(graph, i, name => byName[name].Values),
            [.. graph.Nodes[i].Operands.Select(o => places[o])],
            places[i]))];
    }

    public void Run(ReadOnlySpan<float> inputs, Span<float> outputs)
    {
        var rows = inputs.Length / _inputs;
        if (inputs.Length != rows * _inputs || outputs.Length != rows * _outputs)
        {
            throw new ArgumentException(
                $"The network takes {_inputs} inputs and gives {_outputs} outputs a row, but {inputs.Length} and {outputs.Length} numbers were passed.");
        }

        var memory = ArrayPool<float>.Shared.Rent(_floats);
        var operands = Array.ConvertAll(_steps, s => Array.ConvertAll(s.Operands, o => (ReadOnlyMemory<float>)memory.AsMemory(o)));
        for (var row = 0; row < rows; row++)
        {
            inputs.Slice(row * _inputs, _inputs).CopyTo(memory);
            for (var i = 0; i < _steps.Length; i++)
            {
                _steps[i].Kernel(operands[i], memory.AsSpan(_steps[i].Result));
            }

            memory.AsSpan(_steps[^1].Result).CopyTo(outputs.Slice(row * _outputs, _outputs));
        }

        ArrayPool<float>.Shared.Return(memory);
    }

    /// <summary>Where each result lies; what nobody reads any more is overwritten.</summary>
    private static Range[] Places(NetworkGraph graph, out int floats)
    {
        var last = graph.LastReaders();
        var places = new Range[graph.Nodes.Count];
        var taken = new List<(int Start, int End, int Until)>();
        floats = 0;
        for (var i = 0; i < places.Length; i++)
        {
            taken.RemoveAll(t => t.Until < i);
            taken.Sort();
            var size = graph.Nodes[i].Shape.Aggregate(1, (product, d) => product * d);
            var start = 0;
            foreach (var (begin, end, _) in taken)
            {
                if (begin - start >= size)
                {
                    break;
                }

                start = Math.Max(start, end);
            }

            places[i] = start..(start + size);
            taken.Add((start, start + size, last[i]));
            floats = Math.Max(floats, start + size);
        }

        return places;
    }

    private sealed record Step(GraphKernel Kernel, Range[] Operands, Range Result);
}
