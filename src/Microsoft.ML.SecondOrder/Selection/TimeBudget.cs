using System.Diagnostics;

namespace Microsoft.ML.SecondOrder.Selection;

/// <summary>How much time is left.</summary>
internal sealed class TimeBudget(TimeSpan? total)
{
    /// <summary>Share of the shortest training so far that has to be left for another one to begin.</summary>
    private const double LeastShare = 0.5;

    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private TimeSpan? _shortest;

    public TimeSpan Elapsed => _watch.Elapsed;

    /// <summary>What is left; null for no end.</summary>
    public TimeSpan? Left => total - _watch.Elapsed;

    /// <summary>Whether another training may begin, with some time to be kept free for what comes after all of them.</summary>
    public bool Allows(TimeSpan reserve = default) => Left is not { } left || left - reserve > LeastShare * (_shortest ?? TimeSpan.Zero);

    /// <summary>For the next training: what is left but for the reserve, never nothing.</summary>
    public TimeSpan? ForNext(TimeSpan reserve = default) =>
        Left is not { } left ? null : left - reserve > TimeSpan.Zero ? left - reserve : TimeSpan.FromMilliseconds(1);

    /// <summary>Notes how long a training took.</summary>
    public void Note(TimeSpan time) => _shortest = _shortest < time ? _shortest : time;
}
