using System.Diagnostics;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>The time that a training has used, in all of its processes.</summary>
internal sealed class TrainingClock
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private TimeSpan _before;

    public TimeSpan Elapsed => _before + _watch.Elapsed;

    /// <summary>Does not count time that was used for something else.</summary>
    public void Forget(TimeSpan elapsed) => _before -= elapsed;

    /// <summary>Counts the time of an earlier process.</summary>
    public void GoOnFrom(TimeSpan elapsed) => _before = elapsed;
}
