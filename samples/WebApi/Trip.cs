using Microsoft.ML.Data;

namespace WebApi;

/// <summary>A taxi trip as the model of samples/TaxiFare reads it.</summary>
public sealed class Trip
{
    public string VendorId { get; set; } = "";

    public string RateCode { get; set; } = "";

    public float PassengerCount { get; set; }

    /// <summary>Seconds.</summary>
    public float TripTime { get; set; }

    /// <summary>Miles.</summary>
    public float TripDistance { get; set; }

    public string PaymentType { get; set; } = "";
}

/// <summary>The answer to a trip.</summary>
public sealed class FarePrediction
{
    /// <summary>Dollars.</summary>
    [ColumnName("Score")]
    public float FareAmount { get; set; }
}
