using Microsoft.ML;
using Microsoft.ML.Data;

namespace QuickStart;

/// <summary>A table to learn from: where its rows are, and which columns are what.</summary>
/// <param name="Name">For the headline.</param>
/// <param name="Rows">All rows; the target is in the column <c>Label</c>.</param>
/// <param name="Categories">Text columns.</param>
/// <param name="Numbers">Number columns.</param>
/// <param name="Unit">The unit of the target.</param>
internal sealed record Table(string Name, IDataView Rows, string[] Categories, string[] Numbers, string Unit)
{
    /// <summary>4 000 generated deliveries.</summary>
    public static Table Deliveries(MLContext ml) => new(
        "Delivery times (generated)",
        ml.Data.LoadFromEnumerable(DeliveryGenerator.Generate(4000, seed: 1)),
        [nameof(Delivery.Vehicle), nameof(Delivery.Weather)],
        [nameof(Delivery.Kilometres), nameof(Delivery.Parcels), nameof(Delivery.Hour)],
        "minutes");

    /// <summary>Taxi trips from a file in the layout of ML.NET's taxi fare tutorial.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="FormatException">Its header is not that of the tutorial's file.</exception>
    public static Table TaxiFares(MLContext ml, string path)
    {
        const string Header = "vendor_id,rate_code,passenger_count,trip_time_in_secs,trip_distance,payment_type,fare_amount";
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no file '{path}'. Pass the path of taxi-fare-train.csv after --data.", path);
        }

        if (File.ReadLines(path).FirstOrDefault() != Header)
        {
            throw new FormatException($"'{path}' is not a file of taxi fares: its first line should be '{Header}'.");
        }

        var rows = ml.Data.LoadFromTextFile(
            path,
            [
                new TextLoader.Column("Vendor", DataKind.String, 0),
                new TextLoader.Column("Rate", DataKind.String, 1),
                new TextLoader.Column("Passengers", DataKind.Single, 2),
                new TextLoader.Column("Seconds", DataKind.Single, 3),
                new TextLoader.Column("Miles", DataKind.Single, 4),
                new TextLoader.Column("Payment", DataKind.String, 5),
                new TextLoader.Column("Label", DataKind.Single, 6),
            ],
            separatorChar: ',',
            hasHeader: true);
        return new Table("Taxi fares", rows, ["Vendor", "Rate", "Payment"], ["Passengers", "Seconds", "Miles"], "dollars");
    }
}
