using Microsoft.ML.Data;

namespace TransferLearning;

/// <summary>A picture of 12 × 12 brightnesses from 0 to 255 and what it shows.</summary>
public sealed class Sign
{
    public const int Side = 12;

    [VectorType(1, Side, Side)]
    public float[] Pixels { get; set; } = [];

    public string Name { get; set; } = "";
}

/// <summary>Signs that nobody wrote: strokes in a box, shifted, shaken and in noise.</summary>
internal static class SignGenerator
{
    /// <summary>Strokes from and to points of a grid of three by three: its columns are 0, 1, 2, its rows 0, 3, 6.</summary>
    private static readonly Dictionary<string, string> _strokes = new()
    {
        ["0"] = "02 28 86 60", ["1"] = "17", ["2"] = "02 25 53 36 68", ["3"] = "02 28 35 68", ["4"] = "03 35 28", ["5"] = "20 03 35 58 86",
        ["6"] = "20 06 68 85 53", ["7"] = "02 27", ["8"] = "02 28 86 60 35", ["9"] = "52 20 03 35 58",
        ["A"] = "61 18 35", ["E"] = "20 06 68 35", ["H"] = "06 28 35", ["K"] = "06 23 38", ["L"] = "06 68", ["N"] = "06 08 28", ["T"] = "02 17", ["U"] = "06 68 82",
        ["V"] = "07 72", ["X"] = "08 26", ["Y"] = "04 24 47", ["Z"] = "02 26 68",
    };

    public static string[] Digits { get; } = [.. _strokes.Keys.Where(k => char.IsDigit(k[0]))];

    public static string[] Letters { get; } = [.. _strokes.Keys.Where(k => char.IsLetter(k[0]))];

    public static List<Sign> Generate(string[] names, int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i => Draw(names[i % names.Length], random))];
    }

    private static Sign Draw(string name, Random random)
    {
        float Shake(float amount) => amount * (2 * random.NextSingle() - 1);
        var (left, top, width, height) = (3.5f + Shake(1.5f), 2.5f + Shake(1.5f), 2.2f + Shake(0.5f), 3.2f + Shake(0.5f));
        var pixels = new float[Sign.Side * Sign.Side];
        foreach (var stroke in _strokes[name].Split(' '))
        {
            float X(char point) => left + width * ((point - '0') % 3) + Shake(0.5f);
            float Y(char point) => top + height * ((point - '0') / 3) + Shake(0.5f);
            var (x1, y1, x2, y2) = (X(stroke[0]), Y(stroke[0]), X(stroke[1]), Y(stroke[1]));
            for (var p = 0; p < pixels.Length; p++)
            {
                var away = Distance(p % Sign.Side, p / Sign.Side, x1, y1, x2, y2) / 0.8f;
                pixels[p] = Math.Max(pixels[p], 200 * MathF.Exp(-away * away));
            }
        }

        for (var p = 0; p < pixels.Length; p++)
        {
            pixels[p] = Math.Clamp(pixels[p] + 70 * (random.NextSingle() + random.NextSingle() - 1), 0, 255);
        }

        return new Sign { Name = name, Pixels = pixels };
    }

    /// <summary>From a point to the nearest of a line.</summary>
    private static float Distance(float x, float y, float x1, float y1, float x2, float y2)
    {
        var length = (x2 - x1) * (x2 - x1) + (y2 - y1) * (y2 - y1);
        var share = Math.Clamp(((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length, 0, 1);
        var (dx, dy) = (x - x1 - share * (x2 - x1), y - y1 - share * (y2 - y1));
        return MathF.Sqrt(dx * dx + dy * dy);
    }
}
