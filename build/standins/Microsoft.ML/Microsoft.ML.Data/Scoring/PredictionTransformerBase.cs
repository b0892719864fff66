using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Base of the transformers around models.</summary>
public abstract class PredictionTransformerBase<TModel> : IPredictionTransformer<TModel>, IDisposable
    where TModel : class
{
    private protected readonly IHost Host;
    private bool _disposed;

    private protected PredictionTransformerBase(IHost host, TModel model)
    {
        host.CheckValue(model, nameof(model));
        Host = host;
        Model = model;
    }

    public TModel Model { get; }

    bool ITransformer.IsRowToRowMapper => true;

    public abstract DataViewSchema GetOutputSchema(DataViewSchema inputSchema);

    public IDataView Transform(IDataView input)
    {
        Host.CheckValue(input, nameof(input));
        return Bind(input.Schema).Apply(input);
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        return Bind(inputSchema);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        Host.CheckValue(ctx, nameof(ctx));
        SaveModel(ctx);
    }

    public void Dispose()
    {
        if (!_disposed)
            (Model as IDisposable)?.Dispose();
        _disposed = true;
    }

    private protected abstract RowToRowMapping Bind(DataViewSchema inputSchema);

    private protected abstract void SaveModel(ModelSaveContext ctx);
}
