using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Text;

[assembly: LoadableClass(typeof(NgramExtractingTransformer), null, typeof(SignatureLoadModel), "", NgramExtractingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms.Text;

public sealed class NgramExtractingEstimator : IEstimator<NgramExtractingTransformer>
{
    private readonly IHost _host;
    private readonly string _output;
    private readonly string _input;
    private readonly NgramOptions _options;

    internal NgramExtractingEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName, NgramOptions options)
    {
        _host = env.Register(nameof(NgramExtractingEstimator));
        _output = outputColumnName;
        _input = inputColumnName;
        _options = options;
    }

    public enum WeightingCriteria
    {
        Tf = 0,
        Idf = 1,
        TfIdf = 2,
    }

    public NgramExtractingTransformer Fit(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        return new NgramExtractingTransformer(_host, input, _output, _input, _options);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        var input = inputSchema.InputColumn(_host, _input);
        if (input.Kind == SchemaShape.Column.VectorKind.Scalar || !input.IsKey || input.ItemType.RawType == typeof(ulong))
            throw _host.ExceptSchemaMismatch(nameof(inputSchema), "input", _input, NgramExtractingTransformer.ExpectedType, input.GetTypeString());
        return inputSchema.With(new SchemaShape.Column(_output, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false,
            TransformUtils.Shape(input.NeedsSlotNames() ? TransformUtils.SlotNamesShape : null)));
    }
}

/// <summary>Counts the n-grams of a vector of keys.</summary>
public sealed class NgramExtractingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "NgramTransform";
    internal const string ExpectedType = "Expected vector of Key type, and Key is convertible to UInt32";

    private readonly int _length;
    private readonly int _skips;
    private readonly NgramExtractingEstimator.WeightingCriteria _weighting;
    private readonly NgramPool _pool = new();

    /// <summary>ln(documents / documents with the n-gram), if the weighting wants it.</summary>
    private readonly double[] _rarity;

    internal NgramExtractingTransformer(IHostEnvironment env, IDataView data, string outputColumnName, string inputColumnName, NgramOptions options)
        : base(env.Register(nameof(NgramExtractingTransformer)), (outputColumnName, inputColumnName))
    {
        _length = options.Length;
        _skips = options.Skips;
        _weighting = options.Weighting;
        var input = data.Schema.GetColumnOrNull(inputColumnName) ?? throw Host.ExceptSchemaMismatch(nameof(data), "input", inputColumnName);
        Host.Check(input.Type is VectorDataViewType, "Source column type must be vector");
        CheckType(input);
        _rarity = Learn(data, input, options.Maxima);
    }

    private NgramExtractingTransformer(IHostEnvironment env, ModelLoadContext ctx) : base(env.Register(nameof(NgramExtractingTransformer)), ctx.At(GetVersionInfo()))
    {
        _length = ctx.Reader.ReadInt32();
        _skips = ctx.Reader.ReadInt32();
        _weighting = (NgramExtractingEstimator.WeightingCriteria)ctx.Reader.ReadInt32();
        Contracts.CheckDecode(ColumnPairs.Length == 1 && _length is > 0 and <= 10 && _skips is >= 0 and <= 10 && Enum.IsDefined(_weighting));
        int count = ctx.LoadCount();
        for (int i = 0; i < count; i++)
            _pool.Add(ctx.LoadValues<uint>());
        _rarity = ctx.LoadValues<double>();
        Contracts.CheckDecode(_rarity.Length == (NeedsRarity ? count : 0));
    }

    private bool NeedsRarity => _weighting != NgramExtractingEstimator.WeightingCriteria.Tf;

    private static VersionInfo GetVersionInfo() => new(modelSignature: "NGRAMTRN", verWrittenCur: 0x00010001, verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001, loaderSignature: LoaderSignature, loaderAssemblyName: typeof(NgramExtractingTransformer).Assembly.FullName);

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(GetVersionInfo());
        SaveColumns(ctx);
        ctx.Writer.Write(_length);
        ctx.Writer.Write(_skips);
        ctx.Writer.Write((int)_weighting);
        ctx.Writer.Write(_pool.Count);
        foreach (uint[] ngram in _pool.Ngrams)
            ctx.SaveValues(ngram);
        ctx.SaveValues(_rarity);
    }

    private protected override DataViewSchema.DetachedColumn OutputColumn(int pair, DataViewSchema.Column input)
    {
        CheckType(input);
        var annotations = new DataViewSchema.Annotations.Builder();
        if (_pool.Count > 0 && input.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues)?.Type is VectorDataViewType { ItemType: TextDataViewType } values
            && (ulong)values.Size == input.Type.GetKeyCount())
            annotations.Add(AnnotationUtils.Kinds.SlotNames, new VectorDataViewType(TextDataViewType.Instance, _pool.Count), SlotNames(input));
        return new DataViewSchema.DetachedColumn(ColumnPairs[pair].outputColumnName, new VectorDataViewType(NumberDataViewType.Single, _pool.Count),
            annotations.ToAnnotations());
    }

    private protected override Delegate MakeGetter(int pair, DataViewRow row, DataViewSchema.Column input)
    {
        var keys = new KeySequence(row, input);
        var walk = new NgramWalk(_length, _skips);
        var counts = new float[_pool.Count];
        var seen = new List<int>();
        var result = new SlotBuilder<float>();
        return (ValueGetter<VBuffer<float>>)((ref VBuffer<float> destination) =>
        {
            seen.Clear();
            bool dense = false;
            walk.Visit(keys.Read(), ngram =>
            {
                int slot = _pool.Find(ngram);
                dense |= slot >= 0 && SlotBuilder<float>.AddingMakesDense(seen.Count, counts.Length);
                if (slot >= 0 && counts[slot]++ == 0)
                    seen.Add(slot);
                return true;
            });
            seen.Sort();
            result.Reset(counts.Length, dense);
            foreach (int slot in seen)
            {
                result.Add(slot, Weight(slot, counts[slot]));
                counts[slot] = 0;
            }

            result.GetResult(ref destination);
        });
    }

    private float Weight(int slot, float count) => _weighting switch
    {
        NgramExtractingEstimator.WeightingCriteria.Idf => (float)_rarity[slot],
        NgramExtractingEstimator.WeightingCriteria.TfIdf => (float)(count * _rarity[slot]),
        _ => count,
    };

    private ValueGetter<VBuffer<ReadOnlyMemory<char>>> SlotNames(DataViewSchema.Column input)
    {
        var names = new Lazy<ReadOnlyMemory<char>[]>(() =>
        {
            VBuffer<ReadOnlyMemory<char>> buffer = default;
            input.Annotations.GetValue(AnnotationUtils.Kinds.KeyValues, ref buffer);
            var values = buffer.DenseValues().ToArray();
            return _pool.Ngrams.Select(ngram => string.Join('|', ngram.Select(key => 0 < key && key <= values.Length ? values[key - 1].ToString() : "*")).AsMemory())
                .ToArray();
        });
        return (ref VBuffer<ReadOnlyMemory<char>> destination) => VBuffer<ReadOnlyMemory<char>>.Copy(names.Value, 0, ref destination, names.Value.Length);
    }

    private void CheckType(DataViewSchema.Column input)
    {
        if (input.Type is not VectorDataViewType { ItemType: KeyDataViewType })
            throw Host.ExceptSchemaMismatch("inputSchema", "input", input.Name, ExpectedType, input.Type.ToString());
    }

    /// <summary>Fills the pool; with weights by rarity, returns these.</summary>
    private double[] Learn(IDataView data, DataViewSchema.Column input, int[] maxima)
    {
        var (walk, counts, documents) = (new NgramWalk(_length, _skips), new int[_length], new List<double>());
        var seen = new HashSet<int>();
        long rows = 0;
        using var cursor = data.GetRowCursor([input]);
        var keys = new KeySequence(cursor, input);
        bool more = true;
        while ((more || NeedsRarity) && cursor.MoveNext())
        {
            Host.CheckAlive();
            rows++;
            seen.Clear();
            more = walk.Visit(keys.Read(), ngram =>
            {
                int slot = _pool.Find(ngram);
                if (slot < 0 && counts[ngram.Length - 1] < maxima[ngram.Length - 1])
                {
                    slot = _pool.Add(ngram);
                    counts[ngram.Length - 1]++;
                    documents.Add(0);
                }

                if (slot >= 0)
                    seen.Add(slot);
                return NeedsRarity || Enumerable.Range(0, _length).Any(i => counts[i] < maxima[i]);
            });
            foreach (int slot in seen)
                documents[slot]++;
        }

        return NeedsRarity ? documents.Select(count => Math.Log(rows / count)).ToArray() : [];
    }

    /// <summary>The keys of a row; those out of range count as missing.</summary>
    private sealed class KeySequence(DataViewRow row, DataViewSchema.Column input)
    {
        private readonly ValueGetter<VBuffer<uint>> _getter = (ValueGetter<VBuffer<uint>>)Conversions.GetterAs(row, input, NumberDataViewType.UInt32);
        private readonly ulong _max = input.Type.GetKeyCount();
        private VBuffer<uint> _keys;
        private uint[] _dense = [];

        public ReadOnlySpan<uint> Read()
        {
            _getter(ref _keys);
            if (_dense.Length < _keys.Length)
                _dense = new uint[_keys.Length];
            var keys = _dense.AsSpan(0, _keys.Length);
            _keys.CopyTo(keys);
            foreach (ref uint key in keys)
                key = key <= _max ? key : 0;
            return keys;
        }
    }
}
