// How strong will this concrete be? ML.NET's AutoML searches network, method and regularisation.
//   dotnet run --project samples/AutoML                  four trials
//   dotnet run --project samples/AutoML -- --trials 30   more of them
using System.Globalization;
using AutoML;
using Microsoft.ML;
using Microsoft.ML.AutoML;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.AutoML;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var trials = 4;
if (args is not [] and not ["--trials", _] || args is [_, var number] && !(int.TryParse(number, out trials) && trials > 0))
{
    Console.Error.WriteLine("Usage: AutoML [--trials number]");
    return 2;
}

var context = new MLContext(seed: 1);

// 1. Data.
var train = context.Data.LoadFromEnumerable(MixtureGenerator.Generate(300, seed: 1));
var test = context.Data.LoadFromEnumerable(MixtureGenerator.Generate(1000, seed: 2));

// 2. A pipeline whose last step is searched. Its first trial is the trainer with its defaults, but for the epochs: 30 are enough here.
var network = context.Auto().CreateSweepableEstimator(
    (child, p) =>
    {
        var options = p.ToOptions();
        options.MaximumNumberOfEpochs = 30;
        return child.Regression.Trainers.NeuralNetwork(options);
    },
    NeuralNetworkSearchSpace.Regression(labelColumnName: nameof(Mixture.Strength)));
var pipeline = context.Transforms.Concatenate("Features", nameof(Mixture.Cement), nameof(Mixture.Slag), nameof(Mixture.Water),
        nameof(Mixture.Plasticizer), nameof(Mixture.Gravel), nameof(Mixture.Sand), nameof(Mixture.Days))
    .Append(network);

// 3. Search: each trial is measured on three folds, and then trained on all rows.
var experiment = context.Auto().CreateExperiment()
    .SetPipeline(pipeline)
    .SetDataset(train, fold: 3)
    .SetMaxModelToExplore(trials)
    .SetMonitor(new TrialLines())
    .SetSecondOrderTrialRunner();
var best = await experiment.RunAsync();

// 4. Evaluate and consume.
var metrics = context.Regression.Evaluate(best.Model.Transform(test), labelColumnName: nameof(Mixture.Strength));
Console.WriteLine($"Best: trial {best.TrialSettings.TrialId}; on other rows a root mean square of {metrics.RootMeanSquaredError:F2} MPa (2 of them noise), R² {metrics.RSquared:F3}");
var mixture = new Mixture { Cement = 350, Slag = 100, Water = 170, Plasticizer = 8, Gravel = 950, Sand = 750, Days = 28 };
using var engine = context.Model.CreatePredictionEngine<Mixture, StrengthPrediction>(best.Model);
Console.WriteLine($"350 kg of cement, 100 of slag, 170 of water, after {mixture.Days} days: {engine.Predict(mixture).Score:F1} MPa");
return 0;

/// <summary>A column of the model.</summary>
internal sealed class StrengthPrediction
{
    public float Score { get; set; }
}
