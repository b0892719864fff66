namespace Microsoft.ML.SecondOrder.Goldens;

/// <summary>What became of one file.</summary>
internal enum Verdict
{
    Ok,
    Fail,
    Skip,
}

/// <param name="Path">The file.</param>
/// <param name="Verdict">What became of it.</param>
/// <param name="Error">The largest deviation relative to the largest entry of its tensor.</param>
/// <param name="Text">Why it was skipped, or what deviates.</param>
internal sealed record GoldenResult(string Path, Verdict Verdict, double Error, string Text);

internal sealed record GoldenSummary(int Passed, int Failed, int Skipped);

/// <summary>A file asks for something that is not built, or repeats a known fault of its source.</summary>
internal sealed class SkipException(string reason) : Exception(reason);
