using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Persistence;

/// <summary>How images were changed, as plain values.</summary>
internal static class AugmentationFormat
{
    public static void Write(BodyWriter writer, ImageAugmentation? augmentation)
    {
        writer.Byte(augmentation is null ? (byte)0 : (byte)1);
        if (augmentation is not null)
        {
            writer.Doubles([augmentation.Shift, augmentation.Rotation, augmentation.Crop]);
            writer.Byte((byte)((augmentation.Flip ? 1 : 0) + (augmentation.IsLearned ? 2 : 0)));
        }
    }

    /// <exception cref="FormatException">The strengths are none that a training could have.</exception>
    public static ImageAugmentation? Read(BodyReader reader)
    {
        const string What = "the augmentation";
        if (reader.Byte(What) == 0)
        {
            return null;
        }

        var (strengths, flags) = (reader.Doubles(3, What), reader.Byte(What));
        var augmentation = new ImageAugmentation { Shift = strengths[0], Rotation = strengths[1], Crop = strengths[2], Flip = (flags & 1) != 0, IsLearned = (flags & 2) != 0 };
        return augmentation.Problems().FirstOrDefault() is { } problem ? throw BodyReader.Damaged($"of how images were changed it says: {problem}") : augmentation;
    }
}
