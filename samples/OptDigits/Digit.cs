using Microsoft.ML.Data;

namespace OptDigits;

/// <summary>A picture of 8 × 8 counts from 0 to 16, in the layout of the UCI data set.</summary>
public sealed class Digit
{
    [LoadColumn(0, 63)]
    [VectorType(64)]
    public float[] Pixels { get; set; } = [];

    [LoadColumn(64)]
    public string Number { get; set; } = "";
}

/// <summary>The predicted number and the probabilities of all ten.</summary>
public sealed class DigitPrediction
{
    public string PredictedLabel { get; set; } = "";

    public float[] Score { get; set; } = [];
}

/// <summary>Digits that nobody wrote: the seven bars of a display, with shaky ends, shifted, and in uneven ink.</summary>
internal static class DigitGenerator
{
    /// <summary>Bars: top, upper left, upper right, middle, lower left, lower right, bottom; from and to in a box of 1 × 2.</summary>
    private static readonly (float X1, float Y1, float X2, float Y2)[] _bars = [(0, 0, 1, 0), (0, 0, 0, 1), (1, 0, 1, 1), (0, 1, 1, 1), (0, 1, 0, 2), (1, 1, 1, 2), (0, 2, 1, 2)];

    private static readonly string[] _lit = ["1110111", "0010010", "1011101", "1011011", "0111010", "1101011", "1101111", "1010010", "1111111", "1111011"];

    public static IEnumerable<Digit> Generate(int count, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            var number = random.Next(10);
            yield return new Digit { Number = $"{number}", Pixels = Draw(_lit[number], random) };
        }
    }

    private static float[] Draw(string lit, Random random)
    {
        const float Pen = 0.75f;
        float Shake(float amount) => amount * (2 * random.NextSingle() - 1);
        var (left, top, width, height) = (2.2f + Shake(0.8f), 1.2f + Shake(0.6f), 3f + Shake(0.5f), 2.6f + Shake(0.4f));
        var pixels = new float[64];
        for (var b = 0; b < _bars.Length; b++)
        {
            if (lit[b] == '0')
            {
                continue;
            }

            var (x1, y1, x2, y2) = _bars[b];
            var ink = 13 + Shake(3);
            (x1, y1, x2, y2) = (left + width * x1 + Shake(0.4f), top + height * y1 + Shake(0.4f), left + width * x2 + Shake(0.4f), top + height * y2 + Shake(0.4f));
            for (var p = 0; p < pixels.Length; p++)
            {
                pixels[p] = Math.Max(pixels[p], MathF.Round(ink * MathF.Exp(-Square(Distance(p % 8, p / 8, x1, y1, x2, y2) / Pen))));
            }
        }

        return pixels;
    }

    private static float Square(float x) => x * x;

    /// <summary>From a point to the nearest of a line.</summary>
    private static float Distance(float x, float y, float x1, float y1, float x2, float y2)
    {
        var share = Math.Clamp(((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / (Square(x2 - x1) + Square(y2 - y1)), 0, 1);
        return MathF.Sqrt(Square(x - x1 - share * (x2 - x1)) + Square(y - y1 - share * (y2 - y1)));
    }
}
