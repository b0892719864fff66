namespace Microsoft.ML.SecondOrder.Matrices;

/// <summary>Brent's search for the minimum of a function of one number: parabolas where they help, golden sections where not (Brent, 1973, chapter 5).</summary>
internal static class BoundedSearch
{
    private const int MaximumSteps = 500;
    private static readonly double _golden = 0.5 * (3 - Math.Sqrt(5));
    private static readonly double _root = Math.Sqrt(2.2e-16);

    /// <summary>Where the function is least between two bounds; a local minimum where there are several.</summary>
    public static double Minimum(Func<double, double> function, double lower, double upper, double tolerance)
    {
        var x = lower + _golden * (upper - lower);
        var (second, third) = (x, x);
        var fx = function(x);
        var (fSecond, fThird) = (fx, fx);
        double step = 0, before = 0;
        for (var i = 0; i < MaximumSteps; i++)
        {
            var middle = 0.5 * (lower + upper);
            var least = _root * Math.Abs(x) + tolerance / 3;
            if (Math.Abs(x - middle) <= 2 * least - 0.5 * (upper - lower))
            {
                break;
            }

            if (Math.Abs(before) > least && Parabola(x, fx, second, fSecond, third, fThird) is { } leap
                && Math.Abs(leap) < 0.5 * Math.Abs(before) && x + leap > lower && x + leap < upper)
            {
                (before, step) = (step, leap);
                if (x + step - lower < 2 * least || upper - (x + step) < 2 * least)
                {
                    step = middle >= x ? least : -least;
                }
            }
            else
            {
                before = x >= middle ? lower - x : upper - x;
                step = _golden * before;
            }

            var u = x + (step >= 0 ? Math.Max(step, least) : Math.Min(step, -least));
            var fu = function(u);
            if (fu <= fx)
            {
                (lower, upper) = u >= x ? (x, upper) : (lower, x);
                (third, fThird, second, fSecond, x, fx) = (second, fSecond, x, fx, u, fu);
                continue;
            }

            (lower, upper) = u < x ? (u, upper) : (lower, u);
            if (fu <= fSecond || second == x)
            {
                (third, fThird, second, fSecond) = (second, fSecond, u, fu);
            }
            else if (fu <= fThird || third == x || third == second)
            {
                (third, fThird) = (u, fu);
            }
        }

        return x;
    }

    /// <summary>From x to the lowest point of the parabola through three points; null where they lie on a line.</summary>
    private static double? Parabola(double x, double fx, double second, double fSecond, double third, double fThird)
    {
        var r = (x - second) * (fx - fThird);
        var q = (x - third) * (fx - fSecond);
        var denominator = 2 * (q - r);
        return denominator == 0 ? null : -((x - third) * q - (x - second) * r) / denominator;
    }
}
