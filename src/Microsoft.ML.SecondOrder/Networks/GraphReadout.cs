namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>What of a graph the output is computed from.</summary>
public enum GraphReadout
{
    /// <summary>The mean over all nodes: for properties of a whole graph.</summary>
    Mean,

    /// <summary>The first node: for properties of a node, with its neighbours after it.</summary>
    FirstNode,
}
