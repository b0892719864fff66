using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Text;

/// <summary>Which runs of items count as n-grams.</summary>
internal sealed class NgramOptions
{
    internal const int DefaultMaximum = 10000000;
    private const int LongestRun = 10;

    public NgramOptions(int length, int skips, bool useAllLengths, int[] maxima, NgramExtractingEstimator.WeightingCriteria weighting)
    {
        Contracts.CheckParam(length > 1 || skips == 0, "skipLength",
            $"skipLength (actual value: {skips}) can only be zero when ngramLength set to one.");
        Contracts.CheckParam(length + skips <= LongestRun, "skipLength", $"The sum of skipLength and ngramLength must be less than or equal to {LongestRun}");
        Contracts.CheckParam(length is > 0 and <= LongestRun, nameof(length), $"ngramLength must be from 1 to {LongestRun}, but is {length}");
        Contracts.CheckParam(maxima == null || maxima.Length <= (useAllLengths ? length : 1) && maxima.All(m => m >= 0) && maxima.LastOrDefault(1) > 0,
            nameof(maxima), "maximumNgramsCount must be positive, and no more numbers than lengths");
        Length = length;
        Skips = skips;
        Weighting = weighting;
        int last = maxima is { Length: > 0 } ? maxima[^1] : DefaultMaximum;
        TermMaximum = maxima is { Length: > 0 } ? maxima[0] : DefaultMaximum;
        Maxima = Enumerable.Range(0, length).Select(i => !useAllLengths ? i == length - 1 ? last : 0 : i < maxima?.Length ? maxima[i] : last).ToArray();
    }

    public int Length { get; }

    public int Skips { get; }

    public NgramExtractingEstimator.WeightingCriteria Weighting { get; }

    /// <summary>How many different terms are kept when text is made into keys first.</summary>
    public int TermMaximum { get; }

    /// <summary>How many n-grams of each length are kept.</summary>
    public int[] Maxima { get; }
}
