using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Scoring;

namespace Microsoft.ML.SecondOrder.Benchmarks.Stress;

/// <summary>Kinds of data that no trainer wants: each ends in a finite model or in an error that says what is wrong.</summary>
public static class BadData
{
    private const int Rows = 60;

    /// <summary>Names and makers of the data; the maker gets the label's column.</summary>
    public static IReadOnlyDictionary<string, Func<MLContext, string, IDataView>> Kinds { get; } = new Dictionary<string, Func<MLContext, string, IDataView>>
    {
        ["a feature is NaN"] = Each((r, i) => r.Features[0] = i == 3 ? float.NaN : r.Features[0]),
        ["a column is NaN"] = Each((r, _) => r.Features[1] = float.NaN),
        ["half of the rows have NaN"] = Each((r, i) => r.Features[2] = i % 2 == 0 ? float.NaN : 1),
        ["a feature is infinite"] = Each((r, i) => r.Features[0] = i == 3 ? float.PositiveInfinity : r.Features[0]),
        ["a feature is -infinite"] = Each((r, i) => r.Features[0] = i == 3 ? float.NegativeInfinity : r.Features[0]),
        ["all features are NaN"] = Each((r, _) => Array.Fill(r.Features, float.NaN)),
        ["features of 1e38"] = Each((r, i) => r.Features[0] = i % 2 == 0 ? 1e38f : -1e38f),
        ["one feature of 3e38"] = Each((r, i) => r.Features[0] = i == 0 ? 3e38f : r.Features[0]),
        ["denormal features"] = Each((r, i) => r.Features[0] = i * 1e-44f),
        ["features around 1e9"] = Each((r, i) => r.Features[0] = 1e9f + i),
        ["features of 1e-30"] = Each((r, _) => r.Features[0] *= 1e-30f),
        ["constant features"] = Each((r, _) => r.Features = [1, 1, 1, 1, 1, 1]),
        ["features of 0"] = Each((r, _) => r.Features = new float[6]),
        ["equal columns"] = Each((r, _) => Array.Fill(r.Features, r.Features[0])),
        ["nearly equal columns"] = Each((r, _) => r.Features[1] = r.Features[0] * (1 + 1e-7f)),
        ["equal rows"] = Of(_ => StressRow.List(1).SelectMany(r => Enumerable.Repeat(r, Rows))),
        ["negative zeros"] = Each((r, _) => r.Features[3] = -0f),
        ["a label is missing"] = Each((r, i) => Label(r, i == 3, float.NaN, 0)),
        ["all labels are missing"] = Each((r, _) => Label(r, true, float.NaN, 0)),
        ["a label is infinite, or out of range"] = Each((r, i) => Label(r, i == 3, float.PositiveInfinity, 77)),
        ["labels of 1e38"] = Each((r, i) => Label(r, true, i % 2 == 0 ? 1e38f : -1e38f, 1)),
        ["one label of 3e38"] = Each((r, i) => Label(r, i == 3, 3e38f, 4)),
        ["labels of 1e-38"] = Each((r, i) => Label(r, true, i * 1e-38f, (uint)(i % 4) + 1)),
        ["one label everywhere"] = Each((r, _) => { Label(r, true, 5, 2); r.Flag = true; }),
        ["one label but for a row"] = Each((r, i) => { Label(r, true, i == 0 ? 1 : 5, i == 0 ? 1u : 2); r.Flag = i != 0; }),
        ["labels are noise"] = Each((r, i) => { Label(r, true, i * 7919 % 101, (uint)(i * 7919 % 4) + 1); r.Flag = i * 7919 % 2 == 0; }),
        ["a weight is 0"] = Each((r, i) => r.Weight = i == 3 ? 0 : 1),
        ["all weights are 0"] = Each((r, _) => r.Weight = 0),
        ["a weight is negative"] = Each((r, i) => r.Weight = i == 3 ? -1 : 1),
        ["a weight is NaN"] = Each((r, i) => r.Weight = i == 3 ? float.NaN : 1),
        ["weights of 1e30"] = Each((r, _) => r.Weight = 1e30f),
        ["weights of 1e-30"] = Each((r, _) => r.Weight = 1e-30f),
        ["one weight of 1e30"] = Each((r, i) => r.Weight = i == 3 ? 1e30f : 1),
        ["no rows"] = Of(_ => []),
        ["one row"] = Of(_ => StressRow.List(1)),
        ["two rows"] = Of(_ => StressRow.List(2)),
        ["a last batch of one row"] = Of(_ => StressRow.List(33)),
        ["contradicting rows"] = Of(_ => StressRow.List(30).Concat(StressRow.List(30).Select(r => { r.Number = -r.Number; r.Flag = !r.Flag; r.Kind = 5 - r.Kind; return r; }))),
        ["no feature column"] = Without("Features"),
        ["no label column"] = (ml, label) => Without(label)(ml, label),
        ["features of another type"] = (ml, _) => Converted(ml, "Features", DataKind.Double),
        ["label of another type"] = (ml, label) => Converted(ml, label, DataKind.String),
        ["features in one number"] = (ml, _) => ml.Transforms.CopyColumns("Features", "Number").Fit(Plain(ml)).Transform(Plain(ml)),
        ["a mean far from the spread"] = Each((r, _) => r.Features[0] = 1e7f + r.Features[0]),
    };

    /// <summary>Fits and says what came of it; null where that is neither a finite model nor a clear error.</summary>
    public static string? Outcome(StressTask task, string kind)
    {
        var ml = new MLContext(seed: 1);
        try
        {
            var data = Kinds[kind](ml, task.Label);
            var model = task.Fit(ml, data, o =>
            {
                o.ExampleWeightColumnName = data.Schema.GetColumnOrNull("Weight") is null ? null : "Weight";
                o.Network = Network.Mlp(16);
                o.MaximumNumberOfEpochs = 5;
                o.BatchSize = 16;
            });
            return StressTask.IsUsable(ml, model) ? "finite model" : null;
        }
        catch (Exception error) when (error is ArgumentOutOfRangeException or InvalidOperationException)
        {
            return error.GetType().Name + ": " + error.Message;
        }
    }

    private static void Label(StressRow row, bool applies, float number, uint key)
    {
        if (applies)
        {
            (row.Number, row.Kind) = (number, key);
        }
    }

    private static Func<MLContext, string, IDataView> Each(Action<StressRow, int> change) => Of(_ => StressRow.List(Rows).Select((r, i) =>
    {
        change(r, i);
        return r;
    }));

    private static Func<MLContext, string, IDataView> Of(Func<MLContext, IEnumerable<StressRow>> rows) => (ml, _) => ml.Data.LoadFromEnumerable(rows(ml).ToList());

    private static Func<MLContext, string, IDataView> Without(string column) => (ml, _) => ml.Transforms.DropColumns(column).Fit(Plain(ml)).Transform(Plain(ml));

    private static IDataView Plain(MLContext ml) => ml.Data.LoadFromEnumerable(StressRow.List(Rows));

    private static IDataView Converted(MLContext ml, string column, DataKind kind) =>
        ml.Transforms.Conversion.ConvertType(column, outputKind: kind).Fit(Plain(ml)).Transform(Plain(ml));
}
