using Microsoft.ML.SecondOrder.Matrices;

namespace Microsoft.ML.SecondOrder.Goldens;

/// <summary>The matrix patterns under their names in the files.</summary>
internal static class GoldenPatterns
{
    public static MatrixPattern Find(string name) => name switch
    {
        "dense" => MatrixPattern.Dense,
        "diagonal" => MatrixPattern.Diagonal,
        _ => throw new SkipException($"the pattern '{name}' is not built yet"),
    };
}
