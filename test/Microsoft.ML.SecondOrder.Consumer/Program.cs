using System.Globalization;
using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

// score MODEL ROWS   loads the model, prints the bits of each row's Score
// diagnose           prints what the product finds to be missing
// train              trains by reflection, without libtorch: prints what comes of it
var ml = new MLContext();
try
{
    switch (args[0])
    {
        case "score":
            var model = ml.Model.Load(args[1], out _);
            var rows = ml.Data.LoadFromEnumerable(File.ReadLines(args[2]).Select(Row.Parse).ToList());
            foreach (var line in Score(model.Transform(rows)))
            {
                Console.WriteLine(line);
            }

            break;
        case "train":
            var product = Assembly.Load("Microsoft.ML.SecondOrder");
            var options = Activator.CreateInstance(product.GetType("Microsoft.ML.SecondOrder.NeuralNetworkRegressionTrainer+Options", true)!)!;
            dynamic trainer = product.GetType("Microsoft.ML.NeuralNetworkCatalog", true)!
                .GetMethod("NeuralNetwork", [typeof(RegressionCatalog.RegressionTrainers), options.GetType()])!
                .Invoke(null, [ml.Regression.Trainers, options])!;
            trainer.Fit(ml.Data.LoadFromEnumerable(new List<Row> { new(), new() }));
            Console.WriteLine("trained");
            break;
        case "diagnose":
            var catalog = Assembly.Load("Microsoft.ML.SecondOrder").GetType("Microsoft.ML.SecondOrderCatalog", true)!;
            dynamic operations = catalog.GetMethod("SecondOrder")!.Invoke(null, [ml])!;
            Console.WriteLine(operations.Diagnose().ToString());
            break;
        default:
            throw new ArgumentException($"Unknown command '{args[0]}'.");
    }
}
catch (Exception failure)
{
    Console.WriteLine($"{failure.GetType().Name}: {failure.Message}");
    return 1;
}

return 0;

static IEnumerable<string> Score(IDataView scored) => scored.Schema["Score"].Type is VectorDataViewType
    ? scored.GetColumn<float[]>("Score").Select(v => string.Join(' ', v.Select(Bits)))
    : scored.GetColumn<float>("Score").Select(Bits);

static string Bits(float value) => BitConverter.SingleToUInt32Bits(value).ToString("x8", CultureInfo.InvariantCulture);

internal sealed class Row
{
    public float Label { get; set; }

    public string KindName { get; set; } = "low";

    [VectorType(5)]
    public float[] Features { get; set; } = new float[5];

    // The bits of the features, so that not a digit is lost on the way.
    public static Row Parse(string line) => new()
    {
        Features = [.. line.Split(' ').Select(t => BitConverter.UInt32BitsToSingle(uint.Parse(t, NumberStyles.HexNumber, CultureInfo.InvariantCulture)))],
    };
}
