using System.Diagnostics;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>Times that a busy machine spoils little: medians of many short, interleaved rounds.</summary>
internal static class Timing
{
    /// <summary>Median seconds of one call of each action; the actions take turns, round by round.</summary>
    /// <param name="rounds">How many rounds are measured, after two that are not.</param>
    /// <param name="calls">Calls of an action in a round.</param>
    /// <param name="actions">What is measured.</param>
    public static double[] Interleaved(int rounds, int calls, params Action[] actions)
    {
        var times = actions.Select(_ => new List<double>()).ToArray();
        for (var round = -2; round < rounds; round++)
        {
            for (var i = 0; i < actions.Length; i++)
            {
                var clock = Stopwatch.StartNew();
                for (var call = 0; call < calls; call++)
                {
                    actions[i]();
                }

                if (round >= 0)
                {
                    times[i].Add(clock.Elapsed.TotalSeconds / calls);
                }
            }
        }

        return [.. times.Select(Median)];
    }

    public static double Median(List<double> values)
    {
        values.Sort();
        var half = values.Count / 2;
        return values.Count % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
    }
}
