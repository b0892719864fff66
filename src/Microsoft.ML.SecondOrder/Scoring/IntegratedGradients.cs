using Microsoft.ML.SecondOrder.Networks;

namespace Microsoft.ML.SecondOrder.Scoring;

/// <summary>
/// What each input of a row contributes to a function F of the network: zᵢ ∫₀¹ ∂F/∂zᵢ(αz) dα, with 0 for where the path begins
/// (Sundararajan et al., 2017, arXiv 1703.01365, equation 1). Together they make up F(z) − F(0), their proposition 1.
/// </summary>
internal static class IntegratedGradients
{
    /// <summary>Allowed gap between the sum of the contributions and F(z) − F(0), as a share of the sum of their sizes.</summary>
    private const double Tolerance = 1e-4;

    /// <summary>Points of the path that are differentiated at once.</summary>
    private const int PointsAtOnce = 32;

    /// <summary>Smooth activations need 2 to 4; the kinks of Relu, hundreds and more.</summary>
    private const int MaximumIntervals = 2048;

    /// <summary>Nodes and weights of Gauss and Legendre's rule with four points, on −1 to 1 (Abramowitz and Stegun, 1964, table 25.4).</summary>
    private static readonly (double At, double Weight)[] Rule =
    [
        (-0.861136311594052575, 0.347854845137453857), (-0.339981043584856265, 0.652145154862546143),
        (0.339981043584856265, 0.652145154862546143), (0.861136311594052575, 0.347854845137453857),
    ];

    /// <summary>Halves the intervals of the path until the contributions are complete; NaN all where an input is.</summary>
    /// <param name="network">The network.</param>
    /// <param name="inputs">z: [I].</param>
    /// <param name="function">The gradient of F with respect to the outputs.</param>
    /// <param name="change">F(z) − F(0).</param>
    /// <param name="contributions">[I], overwritten.</param>
    public static void Run(IManagedGradient network, ReadOnlySpan<float> inputs, OutputGradient function, double change, Span<double> contributions)
    {
        if (!double.IsFinite(change))
        {
            contributions.Fill(double.NaN);
            return;
        }

        var (points, gradients) = (new float[PointsAtOnce * inputs.Length], new float[PointsAtOnce * inputs.Length]);
        for (var intervals = 2; intervals <= MaximumIntervals; intervals *= 2)
        {
            contributions.Clear();
            for (var first = 0; first < intervals * Rule.Length; first += PointsAtOnce)
            {
                var count = Math.Min(PointsAtOnce, intervals * Rule.Length - first);
                for (var p = 0; p < count; p++)
                {
                    var alpha = Place(first + p, intervals).Alpha;
                    for (var i = 0; i < inputs.Length; i++)
                    {
                        points[p * inputs.Length + i] = (float)(alpha * inputs[i]);
                    }
                }

                network.Differentiate(points.AsSpan(0, count * inputs.Length), function, gradients.AsSpan(0, count * inputs.Length));
                for (var p = 0; p < count; p++)
                {
                    var weight = Place(first + p, intervals).Weight;
                    for (var i = 0; i < inputs.Length; i++)
                    {
                        contributions[i] += weight * inputs[i] * gradients[p * inputs.Length + i];
                    }
                }
            }

            if (Math.Abs(Sum(contributions, c => c) - change) <= Tolerance * Sum(contributions, Math.Abs))
            {
                return;
            }
        }
    }

    /// <summary>
    /// Where a point of the path lies, from 0 to 1, and how much it counts. The path is α = t³ with t in equal intervals: norms
    /// turn what they read into full size close to 0, and little happens to them afterwards.
    /// </summary>
    private static (double Alpha, double Weight) Place(int point, int intervals)
    {
        var (at, weight) = Rule[point % Rule.Length];
        var t = (point / Rule.Length + 0.5 * (1 + at)) / intervals;
        return (t * t * t, 1.5 * t * t * weight / intervals);
    }

    private static double Sum(ReadOnlySpan<double> values, Func<double, double> of)
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += of(value);
        }

        return sum;
    }
}
