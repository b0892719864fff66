using System.Globalization;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>How images are changed at random each time they are learned from. What is measured and scored stays as it is.</summary>
public sealed record ImageAugmentation
{
    /// <summary>
    /// Images shifted by a pixel and turned by 10 degrees at most to begin with; how far is best, if at all, is learned. See <see cref="IsLearned"/>.
    /// </summary>
    public static ImageAugmentation Learned { get; } = new() { Shift = 1, Rotation = 10, IsLearned = true };

    /// <summary>Most pixels that an image is shifted in each direction. Default 0; at least 0.</summary>
    public double Shift { get; init; }

    /// <summary>Whether every other image, on average, is mirrored from left to right. Default false.</summary>
    public bool Flip { get; init; }

    /// <summary>Most degrees that an image is turned either way. Default 0; 0 to 180.</summary>
    public double Rotation { get; init; }

    /// <summary>Most that is cut off, as a share of the sides; what is left is stretched. Default 0; 0 to below 1.</summary>
    public double Crop { get; init; }

    /// <summary>
    /// Whether <see cref="Shift"/>, <see cref="Rotation"/> and <see cref="Crop"/>, where they are above 0, are only what the training begins with: twenty times it looks
    /// at which strengths the marginal likelihood is higher, and moves them there (Immer et al., 2022, arXiv 2202.10638), up to half the image's side, 180 degrees and 0.7. Takes no rows
    /// away. Needs <c>Regularization.MarginalLikelihood</c>, or a decay above 0 that stays as it is, whose prior then counts. Default false.
    /// </summary>
    public bool IsLearned { get; init; }

    /// <summary>In words, for example <c>shift 0.31, rotation 64.1</c>.</summary>
    internal string InWords()
    {
        (string Name, double Value)[] strengths = [("shift", Shift), ("rotation", Rotation), ("crop", Crop)];
        return string.Join(", ", strengths.Where(s => s.Value > 0).Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Name} {s.Value:G3}")).Concat(Flip ? ["mirrored"] : []));
    }

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

        if (IsLearned && Shift == 0 && Rotation == 0 && Crop == 0)
        {
            yield return $"{nameof(IsLearned)} needs {nameof(Shift)}, {nameof(Rotation)} or {nameof(Crop)} above 0 to begin with, but all are 0.";
        }
    }
}
