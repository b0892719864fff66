using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Tests.MlNet.Outside;

/// <summary>A predicting transformer written with ML.NET's public types only.</summary>
internal class OutsideTransformer<TModel>(string features, DataViewType featureType, TModel model, IReadOnlyList<DataViewSchema.DetachedColumn> added, GetterFactory makeGetters)
    : ISingleFeaturePredictionTransformer<TModel>, IDisposable
    where TModel : class
{
    public bool IsDisposed { get; private set; }

    public TModel Model => model;

    public string FeatureColumnName => features;

    public DataViewType FeatureColumnType => featureType;

    public bool IsRowToRowMapper => true;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bind(inputSchema).OutputSchema;

    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => Bind(inputSchema);

    public IDataView Transform(IDataView input) => Bind(input.Schema).Apply(input);

    public void Dispose() => IsDisposed = true;

    void ICanSaveModel.Save(ModelSaveContext ctx) => Save(ctx);

    // Writes no header: what Model.Save says then is tested.
    protected virtual void Save(ModelSaveContext ctx) { }

    private FeatureMapper Bind(DataViewSchema input)
    {
        var column = input.GetColumnOrNull(features) ?? throw new ArgumentOutOfRangeException(nameof(input), $"No column '{features}'.");
        if (!column.Type.Equals(featureType)) throw new ArgumentOutOfRangeException(nameof(input), $"Column '{features}' is {column.Type}, expected {featureType}.");
        return new(input, column.Index, added, makeGetters);
    }
}
