using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Reporting;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>
/// Class probabilities as the network has them and calibrated, those that take account of the weights' uncertainty, and rows unlike those of the training:
/// all with weight decay by the rule of thumb, but for the defaults, which choose it: <c>calibration [--data FOLDER] [--parts temperature,predictive,far] [--tables a,b] [--rows N] [--seeds N]</c>.
/// </summary>
internal static class CalibrationStudy
{
    public static void Run(IReadOnlyList<string> rest)
    {
        var arguments = new Arguments(rest, "data", "parts", "tables", "rows", "seeds");
        var folder = arguments.Text("data") ?? Environment.GetEnvironmentVariable("SECONDORDER_DATA");
        foreach (var (name, load) in ClassTables.All(folder).Where(t => arguments.Admits("tables", t.Name)))
        {
            var table = load();
            for (var seed = 1; seed <= arguments.Number("seeds", 3); seed++)
            {
                var train = table.Train.ToArray();
                new Random(100 + seed).Shuffle(train);
                train = train[..Math.Min(arguments.Number("rows", int.MaxValue), train.Length)];
                if (arguments.Admits("parts", "temperature"))
                {
                    Line(table, train, seed, "plain", o => o.Calibration = ProbabilityCalibration.None);
                    Line(table, train, seed, "T", _ => { });
                    Line(table, train, seed, "default", o => o.Regularization = null);
                }

                if (arguments.Admits("parts", "predictive"))
                {
                    Predictives(table, train, seed);
                }

                if (arguments.Admits("parts", "far"))
                {
                    Far(table, train, seed);
                }
            }
        }
    }

    private static void Predictives(StudyTable table, StudyRow[] train, int seed)
    {
        foreach (var predictive in new[] { ClassPredictive.Probit, ClassPredictive.MonteCarlo })
        {
            foreach (var layers in Enum.GetValues<UncertainLayers>())
            {
                foreach (var calibration in Enum.GetValues<ProbabilityCalibration>())
                {
                    Line(table, train, seed, $"{predictive}, {layers}{(calibration == ProbabilityCalibration.None ? "" : ", T")}", o =>
                        (o.Predictive, o.UncertainLayers, o.Calibration) = (predictive, layers, calibration));
                }
            }
        }
    }

    private static void Line(StudyTable table, StudyRow[] train, int seed, string what, Action<NeuralNetworkClassificationOptions> change)
    {
        var clock = Stopwatch.StartNew();
        var model = Fit(table, train, seed, change);
        var seconds = clock.Elapsed.TotalSeconds;
        clock.Restart();
        var evaluation = (ClassEvaluation)EvaluationReader.Read(model, View(new MLContext(1), table, table.Test));
        var perRow = clock.Elapsed.TotalMicroseconds / table.Test.Count;
        var figures = ClassFigures.Of(evaluation);
        var calibration = Calibration.Of(evaluation with { IsBinary = false }); // of the predicted class, also of two
        Console.WriteLine($"{table.Name,-10}{train.Length,6} rows, seed {seed}: {what,-20} T {model.Model.Temperature:F2}, accuracy {figures.Accuracy:F4}, log-loss {figures.CrossEntropy:F4}, ECE {calibration.ExpectedError:F4}, {seconds:F1} s, {perRow:F1} µs a row");
    }

    /// <summary>Test rows against the same rows moved by three standard deviations a column, and against rows of noise between the least and the largest number.</summary>
    private static void Far(StudyTable table, StudyRow[] train, int seed)
    {
        var random = new Random(seed);
        var columns = Enumerable.Range(0, train[0].Features.Length).Select(c => train.Select(r => (double)r.Features[c]).ToList()).ToList();
        var deviations = columns.Select(c => Math.Sqrt(c.Average(v => v * v) - Math.Pow(c.Average(), 2))).ToList();
        var (least, most) = (columns.Min(c => c.Min()), columns.Max(c => c.Max()));
        StudyRow Changed(StudyRow row, Func<float, int, double> change) => new() { Kind = row.Kind, Flag = row.Flag, Features = [.. row.Features.Select((v, c) => (float)change(v, c))] };
        var moved = table.Test.Select(r => Changed(r, (v, c) => v + (random.Next(2) == 0 ? 3 : -3) * deviations[c])).ToList();
        var noise = table.Test.Select(r => Changed(r, (_, _) => least + (most - least) * random.NextDouble())).ToList();
        var model = Fit(table, train, seed, o => (o.OutOfDistributionScore, o.Calibration) = (true, ProbabilityCalibration.None));
        List<float> Unusual(IEnumerable<StudyRow> rows) => [.. model.Transform(View(new MLContext(1), table, rows)).GetColumn<float>("OutOfDistributionScore")];
        var near = Unusual(table.Test);
        Console.WriteLine($"{table.Name,-10}{train.Length,6} rows, seed {seed}: above 1 {near.Count(u => u > 1) / (double)near.Count:F3} of test rows; AUC moved {AreaUnderCurve(near, Unusual(moved)):F3}, noise {AreaUnderCurve(near, Unusual(noise)):F3}");
    }

    private static double AreaUnderCurve(List<float> near, List<float> far)
    {
        near.Sort();
        return far.Average(f =>
        {
            var at = near.BinarySearch(f);
            return (at >= 0 ? at : ~at) / (double)near.Count;
        });
    }

    private static NeuralNetworkPredictionTransformer Fit(StudyTable table, StudyRow[] rows, int seed, Action<NeuralNetworkClassificationOptions> change)
    {
        var ml = new MLContext(seed);
        var view = View(ml, table, rows);
        var rule = Regularization.WeightDecay(TrainingDefaults.WeightDecay(rows.Length));
        if (table.Task == NetworkTask.BinaryClassification)
        {
            var binary = new NeuralNetworkBinaryTrainer.Options { LabelColumnName = nameof(StudyRow.Flag), Regularization = rule };
            change(binary);
            return ml.BinaryClassification.Trainers.NeuralNetwork(binary).Fit(view);
        }

        var options = new NeuralNetworkMulticlassTrainer.Options { LabelColumnName = nameof(StudyRow.Kind), Regularization = rule };
        change(options);
        return ml.MulticlassClassification.Trainers.NeuralNetwork(options).Fit(view);
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
