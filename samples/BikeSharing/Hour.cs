using Microsoft.ML.Data;

namespace BikeSharing;

/// <summary>One hour of a bike sharing system, in the layout of the UCI data set.</summary>
public sealed class Hour
{
    [LoadColumn(2)]
    public float Season { get; set; }

    [LoadColumn(3)]
    public float Year { get; set; }

    [LoadColumn(4)]
    public float Month { get; set; }

    [LoadColumn(5)]
    public string TimeOfDay { get; set; } = "";

    [LoadColumn(6)]
    public float Holiday { get; set; }

    [LoadColumn(7)]
    public string Weekday { get; set; } = "";

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

    /// <summary>Rides of people without a subscription: the first target.</summary>
    [LoadColumn(14)]
    public float Casual { get; set; }

    /// <summary>Rides of subscribers: the second target.</summary>
    [LoadColumn(15)]
    public float Registered { get; set; }
}

/// <summary>Both predicted numbers.</summary>
public sealed class Rides
{
    [VectorType(2)]
    public float[] Score { get; set; } = [];
}

/// <summary>Hours that never passed: subscribers ride to work, others on warm afternoons and weekends.</summary>
internal static class HourGenerator
{
    public static IEnumerable<Hour> Generate(int count, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            var (hour, weekday, month) = (random.Next(24), random.Next(7), random.Next(1, 13));
            var works = weekday is > 0 and < 6;
            var warmth = Math.Clamp(0.5f - 0.35f * MathF.Cos(2 * MathF.PI * (month - 1) / 12) + 0.1f * (random.NextSingle() - 0.5f), 0, 1);
            var weather = random.Next(4) == 0 ? random.Next(2, 4) : 1;
            var mood = (0.3f + warmth) * (weather == 1 ? 1 : weather == 2 ? 0.8f : 0.4f);
            var commuting = works ? Peak(hour, 8, 1.2f) + Peak(hour, 17.5f, 1.8f) : 0.7f * Peak(hour, 14, 4);
            var leisure = Peak(hour, 14.5f, 3.5f) * (works ? 0.4f : 1.3f);
            yield return new Hour
            {
                Season = (month - 1) / 3 + 1,
                Year = random.Next(2),
                Month = month,
                TimeOfDay = $"{hour}",
                Weekday = $"{weekday}",
                WorkingDay = works ? 1 : 0,
                Weather = weather,
                Temperature = warmth,
                Humidity = MathF.Round(0.3f + 0.6f * random.NextSingle(), 2),
                Wind = MathF.Round(0.4f * random.NextSingle(), 2),
                Casual = MathF.Round(mood * mood * 90 * leisure * (0.9f + 0.2f * random.NextSingle())),
                Registered = MathF.Round(mood * (15 + 350 * commuting) * (0.9f + 0.2f * random.NextSingle())),
            };
        }
    }

    private static float Peak(float hour, float centre, float width) => MathF.Exp(-(hour - centre) * (hour - centre) / (2 * width * width));
}
