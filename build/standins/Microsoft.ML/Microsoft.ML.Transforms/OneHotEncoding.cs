using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Values to keys, and keys to vectors of zeros and ones.</summary>
public sealed class OneHotEncodingEstimator : IEstimator<OneHotEncodingTransformer>
{
    private readonly IHost _host;
    private readonly ValueToKeyMappingEstimator _toKeys;
    private readonly KeyToVectorMappingEstimator _toVector;

    internal OneHotEncodingEstimator(IHostEnvironment env, ValueToKeyMappingEstimator.ColumnOptions[] columns, OutputKind outputKind, IDataView keyData)
    {
        _host = env.Register(nameof(OneHotEncodingEstimator));
        _host.CheckUserArg(Enum.IsDefined(outputKind), nameof(outputKind), $"Unknown output kind '{outputKind}'");
        if (outputKind == OutputKind.Binary)
            throw _host.ExceptNotSupp($"{nameof(OutputKind)}.{nameof(OutputKind.Binary)} is not part of this stand-in for ML.NET; use {nameof(OutputKind.Indicator)}");
        _toKeys = new ValueToKeyMappingEstimator(_host, columns, keyData);
        _toVector = outputKind == OutputKind.Key ? null : new KeyToVectorMappingEstimator(_host, columns
            .Select(column => new KeyToVectorMappingEstimator.ColumnOptions(column.OutputColumnName, column.OutputColumnName, outputKind == OutputKind.Bag)).ToArray());
    }

    public enum OutputKind : byte
    {
        Bag = 1,
        Indicator = 2,
        Key = 3,
        Binary = 4,
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        var keys = _toKeys.GetOutputSchema(inputSchema);
        return _toVector?.GetOutputSchema(keys) ?? keys;
    }

    public OneHotEncodingTransformer Fit(IDataView input) => _toVector == null
        ? new(new TransformerChain<ITransformer>(_toKeys.Fit(input)))
        : new(_toKeys.Append(_toVector).Fit(input));
}

/// <summary>Saved and loaded as the chain that it is.</summary>
public sealed class OneHotEncodingTransformer : ITransformer
{
    private readonly ITransformer _steps;

    internal OneHotEncodingTransformer(ITransformer steps) => _steps = steps;

    bool ITransformer.IsRowToRowMapper => _steps.IsRowToRowMapper;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _steps.GetOutputSchema(inputSchema);

    public IDataView Transform(IDataView input) => _steps.Transform(input);

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => _steps.GetRowToRowMapper(inputSchema);

    void ICanSaveModel.Save(ModelSaveContext ctx) => _steps.Save(ctx);
}
