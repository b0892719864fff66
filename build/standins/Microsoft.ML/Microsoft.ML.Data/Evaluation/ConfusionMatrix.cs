namespace Microsoft.ML.Data;

/// <summary>How many rows of each true class were given to each class.</summary>
public sealed class ConfusionMatrix
{
    private string _text;

    private ConfusionMatrix(double[][] counts, ReadOnlyMemory<char>[] classNames, bool isBinary)
    {
        var classes = Enumerable.Range(0, counts.Length);
        Counts = [.. counts.Select(row => (IReadOnlyList<double>)Array.AsReadOnly(row))];
        PerClassRecall = [.. classes.Select(c => Share(counts[c][c], counts[c].Sum()))];
        PerClassPrecision = [.. classes.Select(c => Share(counts[c][c], counts.Sum(row => row[c])))];
        ClassNames = [.. classNames.Select(name => name.ToString())];
        IsBinary = isBinary;
    }

    public IReadOnlyList<double> PerClassPrecision { get; }

    public IReadOnlyList<double> PerClassRecall { get; }

    /// <summary>The counts, first by true class, then by predicted class.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Counts { get; }

    public int NumberOfClasses => Counts.Count;

    internal IReadOnlyList<string> ClassNames { get; }

    internal bool IsBinary { get; }

    internal static ConfusionMatrix FromCounts(double[][] counts, ReadOnlyMemory<char>[] classNames, bool isBinary)
        => new(counts, classNames, isBinary);

    /// <summary>The matrix as a table for a fixed-width font, in the current culture's number format.</summary>
    public string GetFormattedConfusionTable() => _text ??= ConfusionTable.Format(this);

    /// <summary>The number of rows of the second class that were predicted as the first.</summary>
    public double GetCountForClassPair(int predictedClassIndicatorIndex, int actualClassIndicatorIndex)
    {
        CheckIndex(predictedClassIndicatorIndex, nameof(predictedClassIndicatorIndex));
        CheckIndex(actualClassIndicatorIndex, nameof(actualClassIndicatorIndex));
        return Counts[actualClassIndicatorIndex][predictedClassIndicatorIndex];
    }

    private void CheckIndex(int index, string paramName)
    {
        if (index < 0 || index >= Counts.Count)
            throw new ArgumentOutOfRangeException(paramName, "Invalid index. Should be non-negative, less than the number of classes.");
    }

    private static double Share(double part, double whole) => whole > 0 ? part / whole : 0;
}
