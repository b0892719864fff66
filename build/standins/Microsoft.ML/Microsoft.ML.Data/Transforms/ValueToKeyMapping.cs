using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(ValueToKeyMappingTransformer), null, typeof(SignatureLoadModel), "", ValueToKeyMappingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

public sealed class ValueToKeyMappingEstimator : IEstimator<ValueToKeyMappingTransformer>
{
    internal const int DefaultMaximum = 1000000;

    private readonly IHost _host;
    private readonly ColumnOptions[] _columns;
    private readonly IDataView _keyData;

    internal ValueToKeyMappingEstimator(IHostEnvironment env, ColumnOptions[] columns, IDataView keyData = null)
    {
        _host = env.Register(nameof(ValueToKeyMappingEstimator));
        _host.CheckParam(columns is { Length: > 0 }, nameof(columns));
        _host.CheckParam(keyData == null || keyData.Schema.Count == 1, nameof(keyData), "If specified, this data view should contain only a single column "
            + $"containing the terms to map, but this had {keyData?.Schema.Count} columns.");
        _columns = columns;
        _keyData = keyData;
    }

    public enum KeyOrdinality : byte
    {
        ByOccurrence = 0,
        ByValue = 1,
    }

    public ValueToKeyMappingTransformer Fit(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        return new ValueToKeyMappingTransformer(_host, input, _columns, _keyData);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(_columns.Select(column =>
        {
            var input = inputSchema.InputColumn(_host, column.InputColumnName);
            if (ColumnTypeExtensions.PrimitiveTypeFromTypeOrNull(input.ItemType.RawType) is null or RowIdDataViewType)
                throw _host.ExceptSchemaMismatch(nameof(inputSchema), "input", column.InputColumnName);
            var values = input.IsKey && input.Annotation(AnnotationUtils.Kinds.KeyValues) is { Kind: SchemaShape.Column.VectorKind.Vector } known
                ? known
                : new SchemaShape.Column(AnnotationUtils.Kinds.KeyValues, SchemaShape.Column.VectorKind.Vector,
                    column.AddKeyValueAnnotationsAsText ? TextDataViewType.Instance : input.ItemType, input.IsKey);
            return new SchemaShape.Column(column.OutputColumnName, input.Kind, NumberDataViewType.UInt32, true,
                TransformUtils.Shape(input.Annotation(AnnotationUtils.Kinds.SlotNames), values));
        }));
    }

    internal sealed record ColumnOptions(string OutputColumnName, string InputColumnName, int MaximumNumberOfKeys, KeyOrdinality KeyOrdinality,
        bool AddKeyValueAnnotationsAsText)
    {
        public string OutputColumnName { get; } = TransformUtils.CheckNonWhiteSpace(OutputColumnName, "outputColumnName");

        public string InputColumnName { get; } = InputColumnName ?? OutputColumnName;
    }
}

public sealed class ValueToKeyMappingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "TermTransform";

    private readonly TermMap[] _maps;
    private readonly bool[] _asText;

    internal ValueToKeyMappingTransformer(IHostEnvironment env, IDataView input, ValueToKeyMappingEstimator.ColumnOptions[] columns, IDataView keyData)
        : base(env.Register("Term"), columns.Select(column => (column.OutputColumnName, column.InputColumnName)).ToArray())
    {
        using var channel = Host.Start("Training");
        var inputs = columns.Select(column => input.Schema.GetColumnOrNull(column.InputColumnName)
            ?? throw Host.ExceptSchemaMismatch("inputSchema", "input", column.InputColumnName)).ToArray();
        for (int i = 0; i < inputs.Length; i++)
            CheckType(inputs[i]);
        _asText = columns.Select(column => column.AddKeyValueAnnotationsAsText).ToArray();
        _maps = keyData != null ? FromKeyData(channel, keyData, inputs, columns) : FromColumns(channel, input, inputs, columns);
    }

    private ValueToKeyMappingTransformer(IHostEnvironment env, ModelLoadContext ctx) : base(env.Register("Term"), ctx.At(GetVersionInfo()))
    {
        _asText = ColumnPairs.Select(_ => ctx.Reader.ReadBoolean()).ToArray();
        _maps = ColumnPairs.Select(_ => TermMap.Load(ctx)).ToArray();
    }

    private static VersionInfo GetVersionInfo() => new(modelSignature: "TERMTRNF", verWrittenCur: 0x00010001, verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001, loaderSignature: LoaderSignature, loaderAssemblyName: typeof(ValueToKeyMappingTransformer).Assembly.FullName);

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(GetVersionInfo());
        SaveColumns(ctx);
        foreach (bool asText in _asText)
            ctx.Writer.Write(asText);
        foreach (var map in _maps)
            map.Save(ctx);
    }

    private protected override DataViewSchema.DetachedColumn OutputColumn(int pair, DataViewSchema.Column input)
    {
        CheckType(input);
        var map = _maps[pair];
        Host.Check(map.ItemType.Equals(input.Type.GetItemType()), $"Could not apply a map over type '{map.ItemType}' to column "
            + $"'{ColumnPairs[pair].outputColumnName}' since it has type '{input.Type.GetItemType()}'");
        var annotations = new DataViewSchema.Annotations.Builder();
        map.AddKeyValues(annotations, input, _asText[pair]);
        annotations.Add(input, AnnotationUtils.Kinds.SlotNames);
        return new DataViewSchema.DetachedColumn(ColumnPairs[pair].outputColumnName, input.Type.WithItems(map.OutputType), annotations.ToAnnotations());
    }

    private protected override Delegate MakeGetter(int pair, DataViewRow row, DataViewSchema.Column input) => _maps[pair].MakeGetter(row, input);

    private void CheckType(DataViewSchema.Column input)
    {
        var item = input.Type.GetItemType();
        if (item is not KeyDataViewType && ColumnTypeExtensions.PrimitiveTypeFromTypeOrNull(item.RawType) is null or RowIdDataViewType)
            throw Host.ExceptSchemaMismatch("inputSchema", "input", input.Name, "standard type or a vector of standard type", input.Type.ToString());
    }

    /// <summary>All columns share the map of the terms in the key data's only column.</summary>
    private TermMap[] FromKeyData(IChannel channel, IDataView keyData, DataViewSchema.Column[] inputs, ValueToKeyMappingEstimator.ColumnOptions[] columns)
    {
        var map = TermMap.Create((PrimitiveDataViewType)inputs[0].Type.GetItemType());
        var source = keyData.Schema[0];
        channel.CheckUserArg(source.Type.Equals(map.ItemType), nameof(keyData),
            $"Input data's column must be of type '{map.ItemType}' but was '{source.Type}'");
        for (int i = 0; i < inputs.Length; i++)
        {
            channel.CheckParam(inputs[i].Type.GetItemType().Equals(map.ItemType), nameof(keyData), $"Terms from input data type '{map.ItemType}' but "
                + $"mismatches column '{columns[i].OutputColumnName}' item type '{inputs[i].Type.GetItemType()}'");
        }

        Learn(keyData, [source], [map], [int.MaxValue]);
        if (map.Count == 0)
            channel.Warning(MessageSensitivity.None, "Map from the term data resulted in an empty map.");
        if (columns[0].KeyOrdinality == ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
            map.Sort();
        return Enumerable.Repeat(map, inputs.Length).ToArray();
    }

    private TermMap[] FromColumns(IChannel channel, IDataView data, DataViewSchema.Column[] inputs, ValueToKeyMappingEstimator.ColumnOptions[] columns)
    {
        foreach (var column in columns)
            channel.CheckUserArg(column.MaximumNumberOfKeys > 0, "MaxNumTerms", "Must be positive");
        var maps = inputs.Select(input => TermMap.Create((PrimitiveDataViewType)input.Type.GetItemType())).ToArray();
        Learn(data, inputs, maps, columns.Select(column => column.MaximumNumberOfKeys).ToArray());
        for (int i = 0; i < maps.Length; i++)
        {
            if (maps[i].Count == 0)
                channel.Warning(MessageSensitivity.Schema, "Term map for output column '{0}' contains no entries.", columns[i].OutputColumnName);
            if (columns[i].KeyOrdinality == ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
                maps[i].Sort();
        }

        return maps;
    }

    /// <summary>One pass over the data, for as long as any map wants more.</summary>
    private void Learn(IDataView data, DataViewSchema.Column[] columns, TermMap[] maps, int[] maxima)
    {
        using var cursor = data.GetRowCursor(columns.DistinctBy(column => column.Index));
        var learners = columns.Select((column, i) => maps[i].Learner(cursor, column, maxima[i])).ToList();
        while (learners.Count > 0 && cursor.MoveNext())
        {
            Host.CheckAlive();
            learners.RemoveAll(learn => !learn());
        }
    }
}
