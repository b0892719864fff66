// Is this comment rude? Yes or no from text, by ML.NET's FeaturizeText and a network on top.
//   dotnet run --project samples/SentimentText                               generated comments
//   dotnet run --project samples/SentimentText -- --data wikipedia-detox.tsv the file of ML.NET's tutorial
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using SentimentText;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is not [] and not ["--data", _])
{
    Console.Error.WriteLine("Usage: SentimentText [--data wikipedia-detox.tsv]");
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
    : context.Data.LoadFromEnumerable(CommentGenerator.Generate(400, seed: 1));
var split = context.Data.TrainTestSplit(rows, testFraction: 0.2, seed: 1);

// 2. Build and train. The text becomes thousands of counts of words and letters; the trainer takes them as they come, sparse.
var pipeline = context.Transforms.Text.FeaturizeText("Features", nameof(Comment.Text))
    .Append(context.BinaryClassification.Trainers.NeuralNetwork());
var model = pipeline.Fit(split.TrainSet);

// 3. Evaluate.
var metrics = context.BinaryClassification.Evaluate(model.Transform(split.TestSet));
Console.WriteLine($"Accuracy {metrics.Accuracy:F3}, area under the ROC curve {metrics.AreaUnderRocCurve:F3}, F1 {metrics.F1Score:F3}");

// 4. Consume.
using var engine = context.Model.CreatePredictionEngine<Comment, CommentPrediction>(model);
foreach (var text in new[] { "I think your edit is helpful, thank you.", "Your edit is garbage, get lost." })
{
    var prediction = engine.Predict(new Comment { Text = text });
    Console.WriteLine($"{(prediction.IsToxic ? "rude" : "fine")} ({prediction.Probability:F2}): {text}");
}

return 0;
