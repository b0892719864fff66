using System.Globalization;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>When a training ends because the validation loss no longer falls.</summary>
public sealed record EarlyStopping
{
    /// <summary>Epochs without an improvement after which the training ends. Default 10; at least 1.</summary>
    public int Patience { get; init; } = 10;

    /// <summary>By how much the validation loss must fall below its best to count as an improvement. Unit: loss. Default 0; at least 0.</summary>
    public double MinimumImprovement { get; init; }

    /// <summary>What is wrong with these settings, one full sentence each.</summary>
    internal IEnumerable<string> Problems()
    {
        if (Patience < 1)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(Patience)} must be at least 1, but is {Patience}.");
        }

        if (!(MinimumImprovement >= 0 && double.IsFinite(MinimumImprovement)))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(MinimumImprovement)} must be a number of at least 0, but is {MinimumImprovement}.");
        }
    }
}
