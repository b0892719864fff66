using System.Collections.Immutable;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>One operation in a graph.</summary>
/// <param name="Name">Unique in its graph; names the parameters.</param>
/// <param name="Operation">What it does.</param>
/// <param name="Operands">The nodes it reads, by index; all before it.</param>
/// <param name="Shape">The shape of its result, without the axis of the batch.</param>
internal sealed record GraphNode(string Name, Operation Operation, ImmutableArray<int> Operands, ImmutableArray<int> Shape);

/// <summary>
/// A network for data of known shape, as a list of operations without weights. Node 0 is the row of inputs [I] and has no
/// operation; the last node is the output [O].
/// </summary>
internal sealed class NetworkGraph
{
    private readonly List<GraphNode> _nodes = [];
    private readonly HashSet<string> _names = [];

    /// <param name="inputs">I, numbers of a row.</param>
    public NetworkGraph(int inputs) => _nodes.Add(new GraphNode("", NoOperation.Instance, [], [inputs]));

    public IReadOnlyList<GraphNode> Nodes => _nodes;

    /// <summary>Names and first values of all parameters, in order.</summary>
    public IEnumerable<(string Name, ParameterPlan Plan)> Parameters =>
        Enumerable.Range(1, _nodes.Count - 1).SelectMany(i => _nodes[i].Operation.Parameters(OperandShapes(i))
            .Select(p => (p.Name.Length == 0 ? _nodes[i].Name : $"{_nodes[i].Name}.{p.Name}", p)));

    /// <summary>Multiplications for one row.</summary>
    public long Products => Enumerable.Range(1, _nodes.Count - 1).Sum(i => _nodes[i].Operation.Products(OperandShapes(i)));

    /// <summary>Appends an operation.</summary>
    /// <returns>Its index.</returns>
    /// <exception cref="ArgumentException">The operands do not fit; the message names the node.</exception>
    public int Append(string name, Operation operation, params int[] operands)
    {
        if (!_names.Add(name))
        {
            throw new ArgumentException($"The network has two nodes called '{name}'.", nameof(name));
        }

        try
        {
            _nodes.Add(new GraphNode(name, operation, [.. operands], operation.ShapeOf([.. operands.Select(o => _nodes[o].Shape)])));
        }
        catch (ArgumentException problem)
        {
            throw new ArgumentException($"The network cannot be built at '{name}': {problem.Message}", problem);
        }

        return _nodes.Count - 1;
    }

    public ImmutableArray<int> ShapeOf(int node) => _nodes[node].Shape;

    public IReadOnlyList<ImmutableArray<int>> OperandShapes(int node) => [.. _nodes[node].Operands.Select(o => _nodes[o].Shape)];

    /// <summary>For each node, the last one that reads it; the last node for itself.</summary>
    public int[] LastReaders()
    {
        var last = Enumerable.Range(0, _nodes.Count).ToArray();
        for (var i = 0; i < _nodes.Count; i++)
        {
            foreach (var operand in _nodes[i].Operands)
            {
                last[operand] = i;
            }
        }

        return last;
    }

    private sealed record NoOperation : Operation
    {
        public static readonly NoOperation Instance = new();

        public override ImmutableArray<int> ShapeOf(IReadOnlyList<ImmutableArray<int>> operands) => [];
    }
}
