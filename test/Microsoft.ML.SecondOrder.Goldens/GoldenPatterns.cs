using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.ML.SecondOrder.Matrices;

namespace Microsoft.ML.SecondOrder.Goldens;

/// <summary>The matrix patterns under their names in the files.</summary>
internal static partial class GoldenPatterns
{
    /// <exception cref="SkipException">The files under this name repeat a fault of their source.</exception>
    public static MatrixPattern Find(string name)
    {
        if (BlockDiagonal().Match(name) is { Success: true } block)
        {
            return block.Groups[2].Success
                ? MatrixPattern.BlockDiagonal(Number(block.Groups[1]))
                : throw new SkipException("the source takes blocks for their transposes here; the files named '_fixed' have the right numbers");
        }

        if (Hierarchical().Match(name) is { Success: true } hierarchical)
        {
            return MatrixPattern.Hierarchical(Number(hierarchical.Groups[1]), Number(hierarchical.Groups[2]));
        }

        return name switch
        {
            "dense" => MatrixPattern.Dense,
            "diagonal" => MatrixPattern.Diagonal,
            "triltoeplitz" => MatrixPattern.LowerToeplitz,
            "triutoeplitz" => MatrixPattern.UpperToeplitz,
            "trilbottomrightdiag" => MatrixPattern.DiagonalAndFirstColumn,
            "triltopleftdiag" => MatrixPattern.DiagonalAndLastRow,
            "triubottomrightdiag" => MatrixPattern.DiagonalAndFirstRow,
            "triutopleftdiag" => MatrixPattern.DiagonalAndLastColumn,
            _ => throw new SkipException($"the pattern '{name}' is not built"),
        };
    }

    private static int Number(Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^block(\d+)diagonal(_fixed)?$")]
    private static partial Regex BlockDiagonal();

    [GeneratedRegex(@"^hierarchical(\d+)_(\d+)$")]
    private static partial Regex Hierarchical();
}
