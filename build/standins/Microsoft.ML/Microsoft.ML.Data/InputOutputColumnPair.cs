using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>The names of the column that a transform writes and of the one that it reads.</summary>
public sealed class InputOutputColumnPair
{
    public InputOutputColumnPair(string outputColumnName, string inputColumnName = null)
    {
        Contracts.CheckNonEmpty(outputColumnName, nameof(outputColumnName));
        InputColumnName = inputColumnName ?? outputColumnName;
        OutputColumnName = outputColumnName;
    }

    public string InputColumnName { get; }

    public string OutputColumnName { get; }

    internal static (string outputColumnName, string inputColumnName)[] ConvertToValueTuples(InputOutputColumnPair[] pairs)
        => pairs?.Select(pair => (pair.OutputColumnName, pair.InputColumnName)).ToArray();
}
