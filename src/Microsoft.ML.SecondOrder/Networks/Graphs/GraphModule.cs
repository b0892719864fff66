using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>A graph as a TorchSharp module: [B, I] → [B, O]. Its layers are modules that are called, so that hooks see them.</summary>
internal sealed class GraphModule : nn.Module<Tensor, Tensor>
{
    private readonly NetworkGraph _graph;
    private readonly nn.Module<Tensor, Tensor>?[] _modules;
    private readonly bool[] _hasParameter;

    /// <param name="graph">What to compute.</param>
    /// <param name="random">The only source of the first weights.</param>
    public GraphModule(NetworkGraph graph, Random random)
        : base("GraphModule")
    {
        _graph = graph;
        _modules = new nn.Module<Tensor, Tensor>?[graph.Nodes.Count];
        _hasParameter = new bool[graph.Nodes.Count];
        using var gradMode = no_grad();
        for (var i = 1; i < graph.Nodes.Count; i++)
        {
            var node = graph.Nodes[i];
            var plans = node.Operation.Parameters(graph.OperandShapes(i));
            if (node.Operation.NewModule(graph.OperandShapes(i)) is { } module)
            {
                _modules[i] = module;
                Fill(module, plans, random);
                register_module(node.Name, module);
            }
            else if (plans.Count == 1)
            {
                using var scope = NewDisposeScope();
                var parameter = new Parameter(tensor(plans[0].Draw(random)).reshape([.. plans[0].Shape]));
                register_parameter(node.Name, (Parameter)parameter.DetachFromDisposeScope());
                _hasParameter[i] = true;
            }
        }
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var results = new Tensor?[_graph.Nodes.Count];
        results[0] = input;
        for (var i = 1; i < results.Length; i++)
        {
            var node = _graph.Nodes[i];
            results[i] = _modules[i] is { } module
                ? module.call(Operand(module, results[node.Operands[0]]!))
                : node.Operation.Run([.. node.Operands.Select(o => results[o]!)], _hasParameter[i] ? get_parameter(node.Name) : null);
        }

        return results[^1]!.MoveToOuterDisposeScope();
    }

    /// <summary>Tokens come with the other inputs, as numbers.</summary>
    private static Tensor Operand(nn.Module module, Tensor operand) => module is Embedding ? operand.to(int64) : operand;

    private static void Fill(nn.Module module, IReadOnlyList<ParameterPlan> plans, Random random)
    {
        foreach (var plan in plans)
        {
            using var scope = NewDisposeScope();
            module.get_parameter(plan.Name)!.copy_(tensor(plan.Draw(random)).reshape([.. plan.Shape]));
        }
    }
}
