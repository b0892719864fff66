using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(MissingValueReplacingTransformer), null, typeof(SignatureLoadModel), "", MissingValueReplacingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

public sealed class MissingValueReplacingEstimator : IEstimator<MissingValueReplacingTransformer>
{
    private readonly IHost _host;
    private readonly ColumnOptions[] _columns;

    internal MissingValueReplacingEstimator(IHostEnvironment env, params ColumnOptions[] columns)
    {
        _host = env.Register(nameof(MissingValueReplacingEstimator));
        _columns = columns;
    }

    public enum ReplacementMode : byte
    {
        DefaultValue = 0,
        Mean = 1,
        Minimum = 2,
        Maximum = 3,
        Mode = 5,
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(_columns.Select(column =>
        {
            var input = inputSchema.InputColumn(_host, column.InputColumnName);
            MissingValueReplacingTransformer.CheckType(_host, input.ItemType);
            return new SchemaShape.Column(column.Name, input.Kind, input.ItemType, false, TransformUtils.Shape(
                input.Annotation(AnnotationUtils.Kinds.SlotNames), input.Annotation(AnnotationUtils.Kinds.IsNormalized)));
        }));
    }

    public MissingValueReplacingTransformer Fit(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        return new MissingValueReplacingTransformer(_host, input, _columns);
    }

    internal sealed record ColumnOptions(string Name, string InputColumnName, ReplacementMode Replacement, bool ImputeBySlot)
    {
        public string InputColumnName { get; } = InputColumnName ?? Name;
    }
}

public sealed class MissingValueReplacingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "NAReplaceTransform";

    private readonly PrimitiveDataViewType[] _itemTypes;

    /// <summary>Per column an array of the item type: one value, or one per slot.</summary>
    private readonly Array[] _values;

    internal MissingValueReplacingTransformer(IHostEnvironment env, IDataView input, params MissingValueReplacingEstimator.ColumnOptions[] columns)
        : base(env.Register(nameof(MissingValueReplacingTransformer)), columns.Select(column => (column.Name, column.InputColumnName)).ToArray())
    {
        var inputs = columns.Select(column => input.Schema.GetColumnOrNull(column.InputColumnName)
            ?? throw Host.ExceptSchemaMismatch(nameof(input), "input", column.InputColumnName)).ToArray();
        foreach (var column in inputs)
            CheckType(Host, column.Type.GetItemType());
        _itemTypes = inputs.Select(column => (PrimitiveDataViewType)column.Type.GetItemType()).ToArray();
        _values = Learn(input, inputs, columns);
    }

    private MissingValueReplacingTransformer(IHostEnvironment env, ModelLoadContext ctx)
        : base(env.Register(nameof(MissingValueReplacingTransformer)), ctx.At(GetVersionInfo()))
    {
        _itemTypes = new PrimitiveDataViewType[ColumnPairs.Length];
        _values = new Array[ColumnPairs.Length];
        for (int i = 0; i < ColumnPairs.Length; i++)
        {
            _itemTypes[i] = ctx.LoadType();
            Contracts.CheckDecode(_itemTypes[i] == NumberDataViewType.Single || _itemTypes[i] == NumberDataViewType.Double);
            _values[i] = _itemTypes[i] == NumberDataViewType.Single ? ctx.LoadValues<float>() : ctx.LoadValues<double>();
            Contracts.CheckDecode(_values[i].Length > 0);
        }
    }

    /// <summary>Only real numbers have a missing value that is not their default.</summary>
    internal static void CheckType(IExceptionContext context, DataViewType itemType)
    {
        if (itemType == NumberDataViewType.Single || itemType == NumberDataViewType.Double)
            return;
        string reason = itemType is KeyDataViewType ? "its NA value is equivalent to its default value" : "it doesn't have an NA value";
        throw context.ExceptParam("inputSchema", $"Type '{itemType}' is not supported by {LoaderSignature} since {reason}");
    }

    private static VersionInfo GetVersionInfo() => new(modelSignature: "NAREP TF", verWrittenCur: 0x00010001, verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001, loaderSignature: LoaderSignature, loaderAssemblyName: typeof(MissingValueReplacingTransformer).Assembly.FullName);

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(GetVersionInfo());
        SaveColumns(ctx);
        for (int i = 0; i < _values.Length; i++)
        {
            ctx.SaveType(_itemTypes[i]);
            if (_values[i] is float[] singles)
                ctx.SaveValues(singles);
            else
                ctx.SaveValues((double[])_values[i]);
        }
    }

    private protected override DataViewSchema.DetachedColumn OutputColumn(int pair, DataViewSchema.Column input)
    {
        CheckType(Host, input.Type.GetItemType());
        Host.CheckParam(input.Type.GetItemType().Equals(_itemTypes[pair]), "InputSchema",
            $"Column '{input.Name}' item type '{_itemTypes[pair]}' does not match expected ColumnType of '{input.Type}'");
        int slots = _values[pair].Length;
        Host.CheckParam(slots == 1 || slots == input.Type.GetValueCount(), "inputSchema",
            $"Column '{input.Name}' item type '{new VectorDataViewType(_itemTypes[pair], slots)}' must be a scalar or a vector of the same size as Columntype '{input.Type}'");
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(input, AnnotationUtils.Kinds.SlotNames, AnnotationUtils.Kinds.IsNormalized);
        return new DataViewSchema.DetachedColumn(ColumnPairs[pair].outputColumnName, input.Type, annotations.ToAnnotations());
    }

    private protected override Delegate MakeGetter(int pair, DataViewRow row, DataViewSchema.Column input)
        => _values[pair] is float[] singles ? Getter(row, input, singles) : Getter(row, input, (double[])_values[pair]);

    private static Delegate Getter<T>(DataViewRow row, DataViewSchema.Column input, T[] replacements) where T : unmanaged, System.Numerics.INumberBase<T>
    {
        if (input.Type is not VectorDataViewType)
        {
            var getter = row.GetGetter<T>(input);
            return (ValueGetter<T>)((ref T value) =>
            {
                getter(ref value);
                value = T.IsNaN(value) ? replacements[0] : value;
            });
        }

        var vectorGetter = row.GetGetter<VBuffer<T>>(input);
        VBuffer<T> source = default;
        return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> destination) =>
        {
            vectorGetter(ref source);
            Contracts.Check(replacements.Length == 1 || source.Length == replacements.Length);
            var values = source.GetValues();
            var indices = source.GetIndices();
            var editor = VBufferEditor.Create(ref destination, source.Length, values.Length);
            int count = 0;
            for (int i = 0; i < values.Length; i++)
            {
                int slot = source.IsDense ? i : indices[i];
                bool missing = T.IsNaN(values[i]);
                T value = missing ? replacements[replacements.Length == 1 ? 0 : slot] : values[i];
                // A sparse vector may get sparser.
                if (missing && !source.IsDense && T.IsZero(value))
                    continue;
                editor.Values[count] = value;
                if (!source.IsDense)
                    editor.Indices[count] = slot;
                count++;
            }

            destination = editor.CommitTruncated(count);
        });
    }

    /// <summary>One pass over the columns whose replacement depends on the data.</summary>
    private Array[] Learn(IDataView data, DataViewSchema.Column[] inputs, MissingValueReplacingEstimator.ColumnOptions[] columns)
    {
        var values = _itemTypes.Select(type => Array.CreateInstance(type.RawType, 1)).ToArray();
        int[] learned = Enumerable.Range(0, columns.Length)
            .Where(i => columns[i].Replacement != MissingValueReplacingEstimator.ReplacementMode.DefaultValue).ToArray();
        if (learned.Length == 0)
            return values;
        using var channel = Host.Start("Computing Statistics");
        using var cursor = data.GetRowCursor(learned.Select(i => inputs[i]).DistinctBy(input => input.Index));
        var imputations = learned.Select(i =>
        {
            bool bySlot = columns[i].ImputeBySlot;
            if (bySlot && inputs[i].Type.GetValueCount() == 0)
            {
                channel.Warning(MessageSensitivity.None, "By-slot imputation can not be done on variable-length column");
                bySlot = false;
            }

            return Imputation.Create(cursor, inputs[i], columns[i].Replacement, bySlot);
        }).ToArray();
        while (cursor.MoveNext())
        {
            foreach (var imputation in imputations)
                imputation.ProcessRow();
        }

        for (int i = 0; i < learned.Length; i++)
            values[learned[i]] = imputations[i].Finish(channel);
        return values;
    }
}
