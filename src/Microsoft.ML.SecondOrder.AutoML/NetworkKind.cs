namespace Microsoft.ML.SecondOrder.AutoML;

/// <summary>The kinds of network among which a search chooses.</summary>
public enum NetworkKind
{
    /// <summary>A multi-layer perceptron, <c>Network.Mlp</c>.</summary>
    Mlp,

    /// <summary>Blocks of two dense layers that add to what they read, <c>Network.ResidualMlp</c>.</summary>
    ResidualMlp,

    /// <summary>A transformer over the columns, <c>Network.FtTransformer</c>.</summary>
    FtTransformer,
}
