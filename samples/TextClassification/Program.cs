// Does this comment find fault? A transformer over the words of a text, where their order decides.
//   dotnet run --project samples/TextClassification                               generated comments
//   dotnet run --project samples/TextClassification -- --data wikipedia-detox.tsv the file of ML.NET's tutorial
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder;
using Microsoft.ML.SecondOrder.Networks;
using TextClassification;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is not [] and not ["--data", _])
{
    Console.Error.WriteLine("Usage: TextClassification [--data wikipedia-detox.tsv]");
    return 2;
}

if (args is [_, var path] && !File.Exists(path))
{
    Console.Error.WriteLine($"There is no file '{path}'. Pass the path of wikipedia-detox.tsv after --data.");
    return 1;
}

var context = new MLContext(seed: 1);

// 1. Data.
var rows = args is [_, var file]
    ? context.Data.LoadFromTextFile<Comment>(file, hasHeader: true)
    : context.Data.LoadFromEnumerable(CommentGenerator.Generate(500, seed: 1));
var split = context.Data.TrainTestSplit(rows, testFraction: 0.2, seed: 1);

// 2. A text becomes words, and each word a key. Words that were not seen in training become the missing key, which stands for no word.
var words = context.Transforms.Text.NormalizeText("Clean", nameof(Comment.Text), keepPunctuations: false)
    .Append(context.Transforms.Text.TokenizeIntoWords("Words", "Clean"))
    .Append(context.Transforms.Conversion.MapValueToKey("Tokens", "Words"));
var transformer = words.Append(context.BinaryClassification.Trainers.NeuralNetwork(new NeuralNetworkBinaryTrainer.Options
{
    FeatureColumnName = "Tokens",
    Network = Network.TextTransformer(layers: 1, width: 32),
    MaximumNumberOfTokens = args.Length > 0 ? 64 : 16,
    MaximumNumberOfEpochs = 15,
}));
var model = transformer.Fit(split.TrainSet);

// 3. Evaluate, beside counts of words, which know no order.
void Report(string name, ITransformer trained)
{
    var metrics = context.BinaryClassification.Evaluate(trained.Transform(split.TestSet));
    Console.WriteLine($"{name,-15} accuracy {metrics.Accuracy:F3}, area under the ROC curve {metrics.AreaUnderRocCurve:F3}");
}

Report("transformer", model);
Report("word counts", words.Append(context.Transforms.Text.ProduceWordBags("Features", "Clean", ngramLength: 1))
    .Append(context.BinaryClassification.Trainers.NeuralNetwork(maximumNumberOfEpochs: 15)).Fit(split.TrainSet));

// 4. Consume: also texts of unknown words, and of none.
using var engine = context.Model.CreatePredictionEngine<Comment, CommentPrediction>(model);
foreach (var text in new[] { "The music is funny and not dull.", "The music is dull and not funny.", "Quite xylophonic!", "" })
{
    var prediction = engine.Predict(new Comment { Text = text });
    Console.WriteLine($"{(prediction.FindsFault ? "blame" : "praise")} ({prediction.Probability:F2}): \"{text}\"");
}

return 0;
