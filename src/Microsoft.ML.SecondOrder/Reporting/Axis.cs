namespace Microsoft.ML.SecondOrder.Reporting;

/// <summary>From numbers to places between 0 and 1.</summary>
/// <param name="Least">The number at 0.</param>
/// <param name="Most">The number at 1; above <paramref name="Least"/>.</param>
/// <param name="IsLogarithmic">Whether equal ratios take equal room.</param>
internal sealed record Axis(double Least, double Most, bool IsLogarithmic = false)
{
    private const double ManyTimes = 30;

    /// <summary>
    /// An axis that holds all finite <paramref name="values"/>, with round ends: logarithmic where <paramref name="mayBeLogarithmic"/>
    /// and they are positive and far apart. [0, 1] where there are none.
    /// </summary>
    public static Axis Around(IEnumerable<double> values, bool mayBeLogarithmic = false)
    {
        var (least, most) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values.Where(double.IsFinite))
        {
            (least, most) = (Math.Min(least, value), Math.Max(most, value));
        }

        if (!(least <= most))
        {
            return new Axis(0, 1);
        }

        if (mayBeLogarithmic && least > 0 && most / least > ManyTimes)
        {
            return new Axis(Math.Pow(10, Math.Floor(Math.Log10(least))), Math.Pow(10, Math.Ceiling(Math.Log10(most))), IsLogarithmic: true);
        }

        if (!(most - least > 1e-9 * Math.Max(Math.Abs(least), Math.Abs(most))))
        {
            var room = most == 0 ? 1 : Math.Abs(most) / 2;
            (least, most) = (least - room, most + room);
        }

        var step = Step(most - least, 5);
        return new Axis(Math.Floor(least / step + 1e-9) * step, Math.Ceiling(most / step - 1e-9) * step);
    }

    /// <summary>Where a number lies: 0 at the least, 1 at the most; beyond both for what is outside.</summary>
    public double Place(double value) => IsLogarithmic
        ? Math.Log(value / Least) / Math.Log(Most / Least)
        : (value - Least) / (Most - Least);

    /// <summary>Round numbers on the axis, about <paramref name="about"/> of them.</summary>
    public IReadOnlyList<double> Ticks(int about = 5)
    {
        if (IsLogarithmic)
        {
            var (first, last) = ((int)Math.Round(Math.Log10(Least)), (int)Math.Round(Math.Log10(Most)));
            var stride = Math.Max(1, (last - first) / about);
            return [.. Enumerable.Range(0, (last - first) / stride + 1).Select(i => Math.Pow(10, first + i * stride))];
        }

        var step = Step(Most - Least, about);
        var start = (long)Math.Ceiling(Least / step - 1e-9);
        var end = (long)Math.Floor(Most / step + 1e-9);
        return [.. Enumerable.Range(0, (int)(end - start) + 1).Select(i => (start + i) * step)];
    }

    /// <summary>1, 2 or 5 times a power of ten: a distance of which about <paramref name="about"/> make <paramref name="span"/>.</summary>
    private static double Step(double span, int about)
    {
        var rough = span / about;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return power * (rough / power) switch { < 1.5 => 1, < 3.5 => 2, < 7.5 => 5, _ => 10 };
    }
}
