using System.Globalization;

namespace Microsoft.ML.SecondOrder.Optimizers;

/// <summary>Settings of <see cref="AdasSchedule"/>.</summary>
public sealed record AdasOptions
{
    /// <summary>β, how much of a layer's learning rate an epoch keeps: larger is greedier and slower. Default 0.8; from 0 to below 1.</summary>
    public double Beta { get; init; } = 0.8;

    /// <summary>ζ, what the change of knowledge gain is multiplied by. Unit: learning rate. Default 1, for initial rates about 0.03; above 0.</summary>
    public double Zeta { get; init; } = 1;

    /// <summary>p, the power of the relative singular values in the knowledge gain. Default 1; above 0.</summary>
    public double Power { get; init; } = 1;

    /// <summary>
    /// Least learning rate as a share of the initial one. Default 0.001; from 0 to below 1. The published code has a rate of 1e-20, at
    /// which a layer stands still in whose weights no signal is found.
    /// </summary>
    public double LeastShare { get; init; } = 1e-3;

    internal void Check()
    {
        var problems = Problems().ToList();
        if (problems.Count > 0)
        {
            throw new ArgumentException($"{nameof(AdasOptions)}: {string.Join(" ", problems)}");
        }
    }

    private IEnumerable<string> Problems()
    {
        if (!(Beta >= 0 && Beta < 1))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(Beta)} must lie in [0, 1), but is {Beta}.");
        }

        if (!(LeastShare >= 0 && LeastShare < 1))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(LeastShare)} must lie in [0, 1), but is {LeastShare}.");
        }

        foreach (var (name, value) in new[] { (nameof(Zeta), Zeta), (nameof(Power), Power) })
        {
            if (!(value > 0 && double.IsFinite(value)))
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{name} must be above 0 and finite, but is {value}.");
            }
        }
    }
}
