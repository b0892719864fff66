using Microsoft.ML.Data;

namespace ModelSelection;

/// <summary>One hour of a bike sharing system, in the layout of the UCI data set.</summary>
public sealed class Hour
{
    [LoadColumn(4)]
    public float Month { get; set; }

    [LoadColumn(5)]
    public float TimeOfDay { get; set; }

    [LoadColumn(8)]
    public float WorkingDay { get; set; }

    [LoadColumn(9)]
    public float Weather { get; set; }

    [LoadColumn(10)]
    public float Temperature { get; set; }

    [LoadColumn(12)]
    public float Humidity { get; set; }

    [LoadColumn(13)]
    public float Wind { get; set; }

    /// <summary>Bikes rented in the hour: what is to be predicted.</summary>
    [LoadColumn(16)]
    public float Count { get; set; }
}

/// <summary>Hours that never passed: rides to work, and for leisure when it is warm and dry.</summary>
internal static class HourGenerator
{
    public static IEnumerable<Hour> Generate(int count, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            var (hour, works, month, weather) = (random.Next(24), random.Next(7) < 5, random.Next(1, 13), random.Next(1, 4));
            var warmth = 0.5f - 0.35f * MathF.Cos(2 * MathF.PI * (month - 1) / 12) + 0.1f * (random.NextSingle() - 0.5f);
            var mood = (0.3f + warmth) / weather;
            var commuting = works ? Peak(hour, 8, 1.2f) + Peak(hour, 17.5f, 1.8f) : 0;
            var leisure = Peak(hour, 14.5f, 3.5f) * (works ? 0.4f : 1.3f);
            yield return new Hour
            {
                Month = month,
                TimeOfDay = hour,
                WorkingDay = works ? 1 : 0,
                Weather = weather,
                Temperature = warmth,
                Humidity = 0.3f + 0.6f * random.NextSingle(),
                Wind = 0.4f * random.NextSingle(),
                Count = MathF.Round((20 + 350 * commuting + 250 * mood * leisure) * (0.9f + 0.2f * random.NextSingle())),
            };
        }
    }

    private static float Peak(float hour, float centre, float width) => MathF.Exp(-(hour - centre) * (hour - centre) / (2 * width * width));
}
