using System.Collections.Immutable;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Rates of weight decay over a training.</summary>
/// <param name="Start">The rate before the first change.</param>
/// <param name="Changes">Share of the training that is done, ascending, and the rate from then on.</param>
internal sealed record DecaySchedule(double Start, ImmutableList<(double Progress, double Rate)> Changes)
{
    public double At(double progress)
    {
        var rate = Start;
        foreach (var change in Changes)
        {
            if (change.Progress > progress)
            {
                break;
            }

            rate = change.Rate;
        }

        return rate;
    }

    /// <summary>The same pull for other numbers of rows.</summary>
    public DecaySchedule Times(double factor) => new(Start * factor, [.. Changes.Select(c => (c.Progress, c.Rate * factor))]);

    /// <summary>The geometric mean of several, at each time.</summary>
    public static DecaySchedule Average(IReadOnlyList<DecaySchedule> schedules)
    {
        double At(Func<DecaySchedule, double> rate) => Math.Exp(schedules.Average(s => Math.Log(rate(s))));
        var times = schedules.SelectMany(s => s.Changes).Select(c => c.Progress).Distinct().Order();
        return new(At(s => s.Start), [.. times.Select(t => (t, At(s => s.At(t))))]);
    }

    /// <summary>The geometric mean over the training.</summary>
    public double Mean
    {
        get
        {
            var (log, from, rate) = (0.0, 0.0, Start);
            foreach (var change in Changes.Append((Progress: 1, Rate: 1)))
            {
                log += (change.Progress - from) * Math.Log(rate);
                (from, rate) = (change.Progress, change.Rate);
            }

            return Math.Exp(log);
        }
    }
}
