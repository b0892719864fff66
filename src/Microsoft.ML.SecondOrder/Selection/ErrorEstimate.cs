using System.Globalization;

namespace Microsoft.ML.SecondOrder.Selection;

/// <summary>An error on rows that were not trained on, smaller being better.</summary>
/// <param name="Value">Numbers: root mean squared error in the label's unit, where errors beyond the label's spread count linearly, and those beyond five of them as five; several targets: in units of their spreads. Classes: log-loss in nats.</param>
/// <param name="StandardError">Of <paramref name="Value"/>, from the spread over the rows.</param>
public readonly record struct ErrorEstimate(double Value, double StandardError)
{
    /// <summary>For example <c>0.3127 ± 0.0110</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value:G4} ± {StandardError:G2}");
}
