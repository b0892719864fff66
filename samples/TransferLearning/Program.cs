// Few pictures of what is to be learned, many of something alike: convolutions learned on digits read letters.
//   dotnet run --project samples/TransferLearning
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.SecondOrder;
using Microsoft.ML.SecondOrder.Networks;
using TransferLearning;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is not [])
{
    Console.Error.WriteLine("Usage: TransferLearning");
    return 2;
}

var context = new MLContext(seed: 1);
var label = context.Transforms.Conversion.MapValueToKey("Label", nameof(Sign.Name));
IDataView Rows(string[] names, int count, int seed) => context.Data.LoadFromEnumerable(SignGenerator.Generate(names, count, seed));
NeuralNetworkMulticlassTrainer.Options Options() => new()
{
    FeatureColumnName = nameof(Sign.Pixels),
    Network = Network.Convolutional(12, 24) with { HiddenWidths = [48] },
    MaximumNumberOfEpochs = 8,
};

// 1. Learn digits from many pictures, and save the weights: a safetensors file, which other programs read and write too.
var digits = label.Append(context.MulticlassClassification.Trainers.NeuralNetwork(Options())).Fit(Rows(SignGenerator.Digits, 1200, seed: 1));
var accuracy = context.MulticlassClassification.Evaluate(digits.Transform(Rows(SignGenerator.Digits, 500, seed: 2))).MicroAccuracy;
Console.WriteLine($"digits, 1200 pictures: accuracy {accuracy:F3}");
var folder = Directory.CreateTempSubdirectory("transfer-");
try
{
    var path = Path.Combine(folder.FullName, "digits.safetensors");
    context.SecondOrder().SaveWeights(digits.LastTransformer, path);

    // 2. Learn letters from few: the output layer is another, all before it begins as it is for digits, and the convolutions stay so.
    var transferred = Options();
    transferred.InitialWeights = InitialWeights.FromFile(path, names: name => name.StartsWith("output", StringComparison.Ordinal) ? null : name);
    transferred.FrozenParameters = ["convolution*"];
    transferred.MaximumNumberOfEpochs = 40;
    var scratch = Options();
    scratch.MaximumNumberOfEpochs = 40;

    // 3. Compare, on three draws of the few.
    var test = Rows(SignGenerator.Letters, 1000, seed: 3);
    foreach (var (name, options) in new[] { ("from scratch", scratch), ("transferred", transferred) })
    {
        var accuracies = Enumerable.Range(10, 3).Select(seed =>
        {
            var model = label.Append(context.MulticlassClassification.Trainers.NeuralNetwork(options)).Fit(Rows(SignGenerator.Letters, 48, seed));
            return context.MulticlassClassification.Evaluate(model.Transform(test)).MicroAccuracy;
        }).ToList();
        Console.WriteLine($"letters, 48 pictures, {name}: accuracy {accuracies.Average():F3} ({string.Join(", ", accuracies.Select(a => $"{a:F3}"))})");
    }
}
finally
{
    folder.Delete(recursive: true);
}

return 0;
