namespace Microsoft.ML.SecondOrder.Catalog;

/// <summary>Predictions for a sequence of objects, through prediction engines: one for each thread that works.</summary>
internal static class BatchPrediction
{
    public static IEnumerable<TPrediction> Run<TRow, TPrediction>(MLContext context, ITransformer model, IEnumerable<TRow> rows, int threads)
        where TRow : class
        where TPrediction : class, new()
    {
        PredictionEngine<TRow, TPrediction> Engine() =>
            context.Model.CreatePredictionEngine<TRow, TPrediction>(model, new PredictionEngineOptions { OwnsTransformer = false });
        return threads == 1 ? OneByOne(Engine, rows) : SideBySide(Engine, rows, threads);
    }

    private static IEnumerable<TPrediction> OneByOne<TRow, TPrediction>(Func<PredictionEngine<TRow, TPrediction>> engine, IEnumerable<TRow> rows)
        where TRow : class
        where TPrediction : class, new()
    {
        using var only = engine();
        foreach (var row in rows)
        {
            yield return only.Predict(row);
        }
    }

    private static IEnumerable<TPrediction> SideBySide<TRow, TPrediction>(
        Func<PredictionEngine<TRow, TPrediction>> engine, IEnumerable<TRow> rows, int threads)
        where TRow : class
        where TPrediction : class, new()
    {
        using var engines = new ThreadLocal<PredictionEngine<TRow, TPrediction>>(engine, trackAllValues: true);
        try
        {
            foreach (var prediction in rows.AsParallel().AsOrdered().WithDegreeOfParallelism(threads).Select(row => engines.Value!.Predict(row)))
            {
                yield return prediction;
            }
        }
        finally
        {
            foreach (var each in engines.Values)
            {
                each.Dispose();
            }
        }
    }
}
