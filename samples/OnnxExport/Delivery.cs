using Microsoft.ML.Data;

namespace OnnxExport;

/// <summary>A delivery of which one wants to know whether it will be late.</summary>
public sealed class Delivery
{
    /// <summary>Kilometres, parcels, hour of the day.</summary>
    [VectorType(3)]
    public float[] Numbers { get; set; } = [];

    public string Vehicle { get; set; } = "";

    [ColumnName("Label")]
    public bool IsLate { get; set; }

    /// <summary>Deliveries that nobody made.</summary>
    public static IEnumerable<Delivery> Generate(int count, int seed)
    {
        string[] vehicles = ["van", "bicycle", "truck"];
        float[] minutes = [2, 4, 3];
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            var (kilometres, parcels, hour, vehicle) = (1 + 20 * random.NextSingle(), random.Next(1, 40), random.Next(7, 20), random.Next(3));
            var rush = hour is 8 or 9 or 17 or 18 ? 1.5f : 1f;
            var taken = rush * minutes[vehicle] * kilometres + parcels * (vehicle == 2 ? 0.5f : 1) + 10 * (random.NextSingle() - 0.5f);
            yield return new Delivery { Numbers = [kilometres, parcels, hour], Vehicle = vehicles[vehicle], IsLate = taken > 60 };
        }
    }
}

/// <summary>A delivery as the network reads and scores it.</summary>
public sealed class ScoredDelivery
{
    public float[] Numbers { get; set; } = [];

    /// <summary>From 1 on; 0 for a vehicle that was not seen in training.</summary>
    public uint Kind { get; set; }

    public bool PredictedLabel { get; set; }

    public float Score { get; set; }

    public float Probability { get; set; }
}
