using StbImageSharp;

namespace ImageClassification;

/// <summary>Reads a folder with a folder of pictures for each class: PNG and JPEG, scaled to one size.</summary>
internal static class ImageFolder
{
    private static readonly string[] _endings = [".png", ".jpg", ".jpeg", ".bmp"];

    public static Album Read(string folder, int side)
    {
        var pictures = new List<Picture>();
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (_endings.Contains(Path.GetExtension(file).ToLowerInvariant()))
            {
                pictures.Add(new Picture { Name = Path.GetFileName(Path.GetDirectoryName(file))!, Pixels = Pixels(file, side) });
            }
        }

        return pictures.Count > 0
            ? new Album(side, side, pictures)
            : throw new InvalidDataException($"'{folder}' has no pictures ({string.Join(", ", _endings)}) in folders named after their classes.");
    }

    /// <summary>Each pixel is the mean of the square that it stands for.</summary>
    private static float[] Pixels(string file, int side)
    {
        ImageResult image;
        try
        {
            image = ImageResult.FromMemory(File.ReadAllBytes(file), ColorComponents.Grey);
        }
        catch (Exception error)
        {
            throw new InvalidDataException($"'{file}' is no picture that can be read: {error.Message}", error);
        }

        var pixels = new float[side * side];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (top, bottom) = Range(i / side, image.Height, side);
            var (left, right) = Range(i % side, image.Width, side);
            for (var p = top * image.Width; p < bottom * image.Width; p += image.Width)
            {
                for (var q = left; q < right; q++)
                {
                    pixels[i] += image.Data[p + q] / (float)((bottom - top) * (right - left));
                }
            }
        }

        return pixels;
    }

    private static (int From, int To) Range(int position, int size, int side)
    {
        var from = Math.Min(size - 1, position * size / side);
        return (from, Math.Max(from + 1, (position + 1) * size / side));
    }
}
