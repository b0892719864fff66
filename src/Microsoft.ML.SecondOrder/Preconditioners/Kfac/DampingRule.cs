using System.Globalization;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// Levenberg-Marquardt damping (Martens and Grosse, 2015, section 6.5): compares what a step did to the loss of its batch with
/// what the quadratic model had promised, and raises the damping where the model was too bold.
/// </summary>
/// <remarks>
/// On small batches the comparison is mostly noise, and the damping drifts: keep the bounds within a factor of ten of a damping
/// that works. Numbers of the rule as read in kfac-jax; the paper's own were not checked.
/// </remarks>
public sealed record DampingRule
{
    /// <summary>ω: damping is multiplied or divided by this. Default 0.95⁵; above 0 and below 1.</summary>
    public double Factor { get; init; } = Math.Pow(0.95, 5);

    /// <summary>Below this ratio of actual to promised change the damping rises. Default 1/4.</summary>
    public double Lower { get; init; } = 0.25;

    /// <summary>Above this ratio the damping falls. Default 3/4.</summary>
    public double Upper { get; init; } = 0.75;

    /// <summary>Least damping. Default 1e-8; above 0.</summary>
    public double Minimum { get; init; } = 1e-8;

    /// <summary>Largest damping. Default 1e3; at least <see cref="Minimum"/>.</summary>
    public double Maximum { get; init; } = 1e3;

    /// <summary>The damping for the next steps.</summary>
    /// <param name="damping">λ now.</param>
    /// <param name="before">The batch's loss before the step.</param>
    /// <param name="after">The same batch's loss after the step; not finite counts as a very bad step.</param>
    /// <param name="promised">What the quadratic model said the loss would change by: below 0.</param>
    public double Next(double damping, double before, double after, double promised)
    {
        var ratio = Ratio(before, after, promised);
        var next = ratio < Lower ? damping / Factor : ratio > Upper ? damping * Factor : damping;
        return Math.Clamp(next, Minimum, Maximum);
    }

    /// <summary>What is wrong with these settings, one full sentence each.</summary>
    internal IEnumerable<string> Problems()
    {
        if (!(Factor > 0 && Factor < 1))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(Factor)} must lie between 0 and 1, but is {Factor}.");
        }

        if (!(Lower < Upper))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(Lower)} must be below {nameof(Upper)}, but they are {Lower} and {Upper}.");
        }

        if (!(Minimum > 0 && Maximum >= Minimum && double.IsFinite(Maximum)))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(Minimum)} must be above 0 and {nameof(Maximum)} at least that and finite, but they are {Minimum} and {Maximum}.");
        }
    }

    /// <summary>ρ = (after − before) / promised; −100 where that is no number.</summary>
    internal static double Ratio(double before, double after, double promised)
    {
        var ratio = (after - before) / promised;
        return double.IsNaN(ratio) ? -100 : ratio;
    }
}
