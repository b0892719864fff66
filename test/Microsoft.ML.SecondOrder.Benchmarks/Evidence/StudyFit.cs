using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Benchmarks.Evidence;

/// <summary>A trainer with its defaults but for the regularisation, on some rows of a table; and the test error of what it gives.</summary>
/// <param name="Table">Task and classes.</param>
/// <param name="Seed">Of the context.</param>
internal sealed record StudyFit(StudyTable Table, int Seed)
{
    /// <summary>Level of intervals; null for none.</summary>
    public double? Interval { get; init; }

    /// <param name="rows">To learn from.</param>
    /// <param name="regularization">Null for the default.</param>
    public NeuralNetworkPredictionTransformer Fit(IReadOnlyList<StudyRow> rows, Regularization? regularization)
    {
        var ml = new MLContext(Seed);
        var data = View(ml, rows);
        return Table.Task switch
        {
            NetworkTask.Regression => ml.Regression.Trainers.NeuralNetwork(new NeuralNetworkRegressionTrainer.Options
            {
                LabelColumnName = nameof(StudyRow.Number), Regularization = regularization, PredictionInterval = Interval,
            }).Fit(data),
            NetworkTask.BinaryClassification => ml.BinaryClassification.Trainers.NeuralNetwork(new NeuralNetworkBinaryTrainer.Options
            {
                LabelColumnName = nameof(StudyRow.Flag), Regularization = regularization,
            }).Fit(data),
            _ => ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkMulticlassTrainer.Options
            {
                LabelColumnName = nameof(StudyRow.Kind), Regularization = regularization,
            }).Fit(data),
        };
    }

    /// <summary>Root mean square for numbers, log loss for classes; and with it the share of right answers, 0 for numbers.</summary>
    public (double Error, double Accuracy) Test(NeuralNetworkPredictionTransformer model, IReadOnlyList<StudyRow> rows)
    {
        const double Least = 1e-12;
        var scored = model.Transform(View(new MLContext(1), rows));
        switch (Table.Task)
        {
            case NetworkTask.Regression:
                return (Math.Sqrt(scored.GetColumn<float>("Score").Zip(rows, (s, r) => Math.Pow((double)s - r.Number, 2)).Average()), 0);
            case NetworkTask.BinaryClassification:
                var right = scored.GetColumn<float>("Probability").Zip(rows, (p, r) => r.Flag ? p : 1 - p).ToList();
                return (right.Average(p => -Math.Log(Math.Max(Least, p))), right.Average(p => p > 0.5 ? 1.0 : 0));
            default:
                var all = scored.GetColumn<VBuffer<float>>("Score").Select(s => s.DenseValues().ToArray()).Zip(rows, (s, r) => (Own: s[r.Kind], Most: s.Max())).ToList();
                return (all.Average(p => -Math.Log(Math.Max(Least, p.Own))), all.Average(p => p.Own == p.Most ? 1.0 : 0));
        }
    }

    public IDataView View(MLContext ml, IReadOnlyList<StudyRow> rows)
    {
        var schema = SchemaDefinition.Create(typeof(StudyRow));
        schema[nameof(StudyRow.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, rows[0].Features.Length);
        if (Table.Classes > 0)
        {
            schema[nameof(StudyRow.Kind)].ColumnType = new KeyDataViewType(typeof(uint), Table.Classes);
        }

        return ml.Data.LoadFromEnumerable(rows, schema);
    }
}
