using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Goldens;

/// <summary>Collects deviations: max|x − y| ≤ atol + rtol·max|y| for each tensor.</summary>
internal sealed class Comparison(double relative, double absolute)
{
    /// <summary>The largest deviation relative to the largest entry of its tensor, or to atol/rtol where that is larger.</summary>
    public double Largest { get; private set; }

    /// <summary>The first value out of tolerance, or null.</summary>
    public string? Failure { get; private set; }

    public void Add(string name, Tensor actual, Tensor expected)
    {
        if (!actual.shape.SequenceEqual(expected.shape))
        {
            Failure ??= $"{name}: shape [{string.Join(", ", actual.shape)}] instead of [{string.Join(", ", expected.shape)}]";
            return;
        }

        if (expected.numel() == 0)
        {
            return;
        }

        using var scope = NewDisposeScope();
        var reference = expected.to(float64);
        Note(name, actual.to(float64).sub(reference).abs().max().ToDouble(), reference.abs().max().ToDouble());
    }

    public void Add(string name, double actual, double expected) =>
        Note(name, Math.Abs(actual - expected), Math.Abs(expected));

    private void Note(string name, double deviation, double magnitude)
    {
        Largest = Math.Max(Largest, deviation / Math.Max(magnitude, absolute / relative));

        // Negated, so that NaN fails.
        if (!(deviation <= absolute + relative * magnitude))
        {
            Failure ??= string.Create(CultureInfo.InvariantCulture, $"{name}: deviates by {deviation:E2} at magnitude {magnitude:E2}");
        }
    }
}
