using Microsoft.ML.Data;

namespace TaxiFare;

/// <summary>One taxi trip, in the layout of ML.NET's tutorial file.</summary>
public sealed class Trip
{
    [LoadColumn(0)]
    public string VendorId { get; set; } = "";

    [LoadColumn(1)]
    public string RateCode { get; set; } = "";

    [LoadColumn(2)]
    public float PassengerCount { get; set; }

    [LoadColumn(3)]
    public float TripTime { get; set; }

    [LoadColumn(4)]
    public float TripDistance { get; set; }

    [LoadColumn(5)]
    public string PaymentType { get; set; } = "";

    /// <summary>What is to be predicted, in dollars.</summary>
    [LoadColumn(6)]
    public float FareAmount { get; set; }
}

/// <summary>The predicted fare.</summary>
public sealed class FarePrediction
{
    [ColumnName("Score")]
    public float FareAmount { get; set; }
}

/// <summary>Trips that never took place: a meter that counts miles and standing minutes, a flat rate to the airport, extras.</summary>
internal static class TripGenerator
{
    public static IEnumerable<Trip> Generate(int count, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            var toAirport = random.Next(25) == 0;
            var miles = toAirport ? 15 + 4 * random.NextSingle() : 0.4f + 9 * random.NextSingle() * random.NextSingle();
            var milesPerHour = 6 + 18 * random.NextSingle();
            var minutes = 60 * miles / milesPerHour;
            var standing = minutes * Math.Clamp((15 - milesPerHour) / 12, 0, 1);
            var meter = 2.5f + 2.5f * miles + 0.5f * standing + (random.Next(3) == 0 ? 0.5f : 0);
            yield return new Trip
            {
                VendorId = random.Next(2) == 0 ? "CMT" : "VTS",
                RateCode = toAirport ? "2" : "1",
                PassengerCount = random.Next(1, 6),
                TripTime = MathF.Round(60 * minutes),
                TripDistance = MathF.Round(miles, 2),
                PaymentType = random.Next(2) == 0 ? "CRD" : "CSH",
                FareAmount = toAirport ? 52 : MathF.Round(2 * meter) / 2,
            };
        }
    }
}
