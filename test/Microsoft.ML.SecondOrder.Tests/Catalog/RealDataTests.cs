using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Tests.Support;

namespace Microsoft.ML.SecondOrder.Tests.Catalog;

/// <summary>Real tables with nothing tuned. Bars: see each test.</summary>
public sealed class RealDataTests
{
    private readonly MLContext _ml = new(seed: 1);

    // A linear model gives 0.89, boosted trees 0.53.
    [Fact]
    public void Taxi_fares_are_predicted_to_62_cents()
    {
        var data = _ml.Data.LoadFromTextFile(Requires.Data("taxi-fare-train.csv"), new TextLoader.Options
        {
            HasHeader = true,
            Separators = [','],
            Columns =
            [
                new("Vendor", DataKind.String, 0),
                new("Rate", DataKind.String, 1),
                new("Passengers", DataKind.Single, 2),
                new("Seconds", DataKind.Single, 3),
                new("Distance", DataKind.Single, 4),
                new("Payment", DataKind.String, 5),
                new("Fare", DataKind.Single, 6),
            ],
        });
        var split = _ml.Data.TrainTestSplit(data, testFraction: 0.2);
        var pipeline = _ml.Transforms.Categorical.OneHotEncoding([new("Vendor"), new("Rate"), new("Payment")])
            .Append(_ml.Transforms.Concatenate("Features", "Vendor", "Rate", "Payment", "Passengers", "Seconds", "Distance"))
            .Append(_ml.Regression.Trainers.NeuralNetwork("Fare"));

        var metrics = _ml.Regression.Evaluate(pipeline.Fit(split.TrainSet).Transform(split.TestSet), "Fare");

        Assert.InRange(metrics.MeanAbsoluteError, 0, 0.62);
        Assert.InRange(metrics.RSquared, 0.94, 1);
    }

    [Fact]
    public void Handwritten_digits_are_read_in_less_than_a_minute()
    {
        var train = Digits("optdigits-train.csv");
        var test = Digits("optdigits-test.csv");
        var pipeline = _ml.Transforms.Conversion.MapValueToKey("Label", "Digit").Append(_ml.MulticlassClassification.Trainers.NeuralNetwork());
        var clock = Stopwatch.StartNew();

        var model = pipeline.Fit(train);

        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 60);
        Assert.InRange(_ml.MulticlassClassification.Evaluate(model.Transform(test)).MicroAccuracy, 0.96, 1);
    }

    private IDataView Digits(string file) => _ml.Data.LoadFromTextFile(Requires.Data(file), new TextLoader.Options
    {
        Separators = [','],
        Columns = [new("Features", DataKind.Single, 0, 63), new("Digit", DataKind.Single, 64)],
    });
}
