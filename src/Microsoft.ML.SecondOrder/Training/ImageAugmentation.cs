namespace Microsoft.ML.SecondOrder.Training;

/// <summary>How images are changed at random each time they are learned from. What is measured and scored stays as it is.</summary>
public sealed record ImageAugmentation
{
    /// <summary>Most pixels that an image is shifted in each direction. Default 0; at least 0.</summary>
    public double Shift { get; init; }

    /// <summary>Whether every other image, on average, is mirrored from left to right. Default false.</summary>
    public bool Flip { get; init; }

    /// <summary>Most degrees that an image is turned either way. Default 0; 0 to 180.</summary>
    public double Rotation { get; init; }

    /// <summary>Most that is cut off, as a share of the sides; what is left is stretched. Default 0; 0 to below 1.</summary>
    public double Crop { get; init; }

    /// <summary>What is wrong with these settings, one full sentence each.</summary>
    internal IEnumerable<string> Problems()
    {
        if (!(Shift >= 0 && double.IsFinite(Shift)))
        {
            yield return FormattableString.Invariant($"{nameof(Shift)} must be a number of at least 0, but is {Shift}.");
        }

        if (!(Rotation is >= 0 and <= 180))
        {
            yield return FormattableString.Invariant($"{nameof(Rotation)} must lie between 0 and 180 degrees, but is {Rotation}.");
        }

        if (!(Crop is >= 0 and < 1))
        {
            yield return FormattableString.Invariant($"{nameof(Crop)} must be at least 0 and below 1, but is {Crop}.");
        }
    }
}
