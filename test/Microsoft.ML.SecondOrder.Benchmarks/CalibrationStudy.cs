using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Reporting;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>
/// Class probabilities, as the network has them and calibrated:
/// <c>calibration [--data FOLDER] [--tables a,b] [--rows N] [--seeds N]</c>.
/// </summary>
internal static class CalibrationStudy
{
    public static void Run(IReadOnlyList<string> rest)
    {
        var arguments = new Arguments(rest, "data", "tables", "rows", "seeds");
        var folder = arguments.Text("data") ?? Environment.GetEnvironmentVariable("SECONDORDER_DATA");
        Console.WriteLine($"{"table",-10}{"rows",6}{"seed",5}  {"",-13}{"T",6}{"accuracy",10}{"log-loss",10}{"ECE",8}{"seconds",9}");
        foreach (var (name, load) in ClassTables.All(folder).Where(t => arguments.Admits("tables", t.Name)))
        {
            var table = load();
            for (var seed = 1; seed <= arguments.Number("seeds", 3); seed++)
            {
                var train = table.Train.ToArray();
                new Random(100 + seed).Shuffle(train);
                train = train[..Math.Min(arguments.Number("rows", int.MaxValue), train.Length)];
                foreach (var (what, calibration) in new (string, ProbabilityCalibration?)[] { ("plain", ProbabilityCalibration.None), ("default", null) })
                {
                    var clock = Stopwatch.StartNew();
                    var model = Fit(table, train, seed, calibration);
                    Line(table, train.Length, seed, what, model, clock.Elapsed.TotalSeconds);
                }
            }
        }
    }

    private static void Line(StudyTable table, int rows, int seed, string what, NeuralNetworkPredictionTransformer model, double seconds)
    {
        var evaluation = (ClassEvaluation)EvaluationReader.Read(model, View(new MLContext(1), table, table.Test));
        var figures = ClassFigures.Of(evaluation);
        var calibration = Calibration.Of(evaluation with { IsBinary = false }); // of the predicted class, also of two
        Console.WriteLine($"{table.Name,-10}{rows,6}{seed,5}  {what,-13}{model.Model.Temperature,6:F2}{figures.Accuracy,10:F4}{figures.CrossEntropy,10:F4}{calibration.ExpectedError,8:F4}{seconds,9:F1}");
    }

    private static NeuralNetworkPredictionTransformer Fit(StudyTable table, StudyRow[] rows, int seed, ProbabilityCalibration? calibration)
    {
        var ml = new MLContext(seed);
        var view = View(ml, table, rows);
        return table.Task == NetworkTask.BinaryClassification
            ? ml.BinaryClassification.Trainers.NeuralNetwork(new NeuralNetworkBinaryTrainer.Options { LabelColumnName = nameof(StudyRow.Flag), Calibration = calibration }).Fit(view)
            : ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkMulticlassTrainer.Options { LabelColumnName = nameof(StudyRow.Kind), Calibration = calibration }).Fit(view);
    }

    private static IDataView View(MLContext ml, StudyTable table, IEnumerable<StudyRow> rows)
    {
        var list = rows.ToList();
        var schema = SchemaDefinition.Create(typeof(StudyRow));
        schema[nameof(StudyRow.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, list[0].Features.Length);
        schema[nameof(StudyRow.Kind)].ColumnType = new KeyDataViewType(typeof(uint), Math.Max(2, table.Classes));
        return ml.Data.LoadFromEnumerable(list, schema);
    }
}
