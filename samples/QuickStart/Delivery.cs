using Microsoft.ML.Data;

namespace QuickStart;

/// <summary>One delivery of a courier service.</summary>
public sealed class Delivery
{
    public string Vehicle { get; set; } = string.Empty;

    public string Weather { get; set; } = string.Empty;

    public float Kilometres { get; set; }

    public float Parcels { get; set; }

    public float Hour { get; set; }

    /// <summary>How long it took: what is to be predicted.</summary>
    [ColumnName("Label")]
    public float Minutes { get; set; }
}

/// <summary>Deliveries that never took place, but might have: speed depends on vehicle, weather and rush hour together.</summary>
internal static class DeliveryGenerator
{
    private static readonly (string Name, float KilometresPerHour, float RushLoss)[] _vehicles =
        [("bicycle", 16, 0.05f), ("scooter", 28, 0.25f), ("van", 34, 0.55f)];

    private static readonly (string Name, float Factor)[] _weathers = [("dry", 1f), ("rain", 1.25f), ("snow", 1.7f)];

    public static IEnumerable<Delivery> Generate(int count, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            var vehicle = _vehicles[random.Next(_vehicles.Length)];
            var weather = _weathers[random.Next(_weathers.Length)];
            var hour = 7 + 14 * random.NextSingle();
            var kilometres = 0.5f + 11 * random.NextSingle() * random.NextSingle();
            var parcels = random.Next(1, 8);
            yield return new Delivery
            {
                Vehicle = vehicle.Name,
                Weather = weather.Name,
                Hour = MathF.Round(hour, 2),
                Kilometres = MathF.Round(kilometres, 2),
                Parcels = parcels,
                Minutes = MathF.Round(Minutes(vehicle, weather, hour, kilometres, parcels) + Noise(random), 1),
            };
        }
    }

    private static float Minutes(
        (string Name, float KilometresPerHour, float RushLoss) vehicle, (string Name, float Factor) weather, float hour, float kilometres, int parcels)
    {
        var rush = MathF.Max(Peak(hour, 8.5f), Peak(hour, 17.5f));
        var speed = vehicle.KilometresPerHour * (1 - vehicle.RushLoss * rush);
        var stairs = 1.5f + 0.8f * parcels + (vehicle.Name == "van" ? 3 * rush : 0);
        return stairs + 60 * kilometres / speed * (vehicle.Name == "van" ? MathF.Sqrt(weather.Factor) : weather.Factor);
    }

    private static float Peak(float hour, float centre) => MathF.Exp(-(hour - centre) * (hour - centre) / 2);

    private static float Noise(Random random) =>
        1.2f * (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
}
