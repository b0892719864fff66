using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Catalog;

/// <summary>Permutes the columns that a model reads, one after the other, and looks at what becomes of its metrics.</summary>
internal static class ImportanceByPermutation
{
    public static PermutationImportance Run(
        MLContext context, ITransformer model, IDataView data, string label, IEnumerable<string>? columns, int permutations, Random random)
    {
        var cached = context.Data.Cache(data);
        var baseline = ModelMetrics.Of(context, model.Transform(cached), label);
        var names = baseline.Values.Select(v => v.Key).ToArray();
        var importance = new List<ColumnImportance>();
        foreach (var column in Columns(model, cached.Schema, label, columns))
        {
            var values = ColumnValues.Read(cached, column);
            var changes = names.Select(_ => new double[permutations]).ToArray();
            for (var p = 0; p < permutations; p++)
            {
                var order = Enumerable.Range(0, values.Count).ToArray();
                random.Shuffle(order);
                var metrics = ModelMetrics.Of(context, model.Transform(new PermutedView(cached, column, values, order)), label).Values;
                for (var m = 0; m < names.Length; m++)
                {
                    changes[m][p] = metrics[m].Value - baseline.Values[m].Value;
                }
            }

            importance.Add(new(column.Name, [.. names.Select((name, m) => new MetricChange(name, changes[m].Average(), StandardError(changes[m])))]));
        }

        var sign = baseline.MainIsBetterWhenLarger ? 1 : -1;
        return new PermutationImportance([.. importance.OrderBy(c => sign * c.Changes[0].Mean)], baseline.Values, permutations);
    }

    /// <summary>The named columns; or those that the scores depend on, without the label.</summary>
    private static IEnumerable<DataViewSchema.Column> Columns(ITransformer model, DataViewSchema schema, string label, IEnumerable<string>? named)
    {
        if (named is not null)
        {
            return [.. named.Select(n => schema.GetColumnOrNull(n) ?? throw ColumnRoles.Missing("feature", n))];
        }

        if (!model.IsRowToRowMapper)
        {
            return schema.Where(c => !c.IsHidden && c.Name != label);
        }

        var mapper = model.GetRowToRowMapper(schema);
        return mapper.GetDependencies([mapper.OutputSchema["Score"]]).Where(c => c.Name != label);
    }

    /// <summary>The sample's standard deviation over the root of its size.</summary>
    private static double StandardError(double[] sample)
    {
        var mean = sample.Average();
        return Math.Sqrt(sample.Sum(v => (v - mean) * (v - mean)) / (sample.Length - 1) / sample.Length);
    }
}
