using System.Numerics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(NormalizingTransformer), null, typeof(SignatureLoadModel), "", NormalizingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

public sealed class NormalizingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "Normalizer";

    private readonly ColumnNormalizer[] _normalizers;

    private NormalizingTransformer(IHostEnvironment env, (string outputColumnName, string inputColumnName)[] columns, ColumnNormalizer[] normalizers)
        : base(env.Register(nameof(NormalizingTransformer)), columns)
        => _normalizers = normalizers;

    private NormalizingTransformer(IHostEnvironment env, ModelLoadContext ctx) : base(env.Register(nameof(NormalizingTransformer)), ctx.At(GetVersionInfo()))
        => _normalizers = ColumnPairs.Select(_ => ColumnNormalizer.Load(ctx)).ToArray();

    public NormalizerModelParametersBase GetNormalizerModelParameters(int index)
    {
        Host.CheckUserArg(index >= 0 && index < _normalizers.Length, nameof(index),
            $"Not valid. Valid range is from 0 (inclusive) to {_normalizers.Length} (exclusive) but got {index}.");
        return _normalizers[index].Parameters;
    }

    /// <summary>One pass over the data for all columns.</summary>
    internal static NormalizingTransformer Train(IHost host, IDataView data, NormalizingEstimator.ColumnOptions[] columns)
    {
        var inputs = columns.Select(column => data.Schema.GetColumnOrNull(column.InputColumnName)
            ?? throw host.ExceptSchemaMismatch(nameof(data), "input", column.InputColumnName)).ToArray();
        foreach (var input in inputs)
        {
            host.CheckParam(IsFloating(input.Type), "srcType", "Wrong column type for input column. Expected: Single, Double, Vector of Single or "
                + $"Vector of Double. Got: {input.Type}.");
        }

        using var cursor = data.GetRowCursor(inputs.DistinctBy(input => input.Index));
        var steps = columns.Select((column, i) => Step.Create(cursor, inputs[i], column)).ToArray();
        bool more = true;
        while (more && cursor.MoveNext())
        {
            host.CheckAlive();
            more = false;
            foreach (var step in steps)
                more |= step.ProcessRow();
        }

        return new NormalizingTransformer(host, columns.Select(column => (column.Name, column.InputColumnName)).ToArray(),
            steps.Select(step => step.Finish()).ToArray());
    }

    private static VersionInfo GetVersionInfo() => new(modelSignature: "NORMALZR", verWrittenCur: 0x00010001, verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001, loaderSignature: LoaderSignature, loaderAssemblyName: typeof(NormalizingTransformer).Assembly.FullName);

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(GetVersionInfo());
        SaveColumns(ctx);
        foreach (var normalizer in _normalizers)
            normalizer.Save(ctx);
    }

    private protected override DataViewSchema.DetachedColumn OutputColumn(int pair, DataViewSchema.Column input)
    {
        if (!IsFloating(input.Type))
        {
            throw Host.ExceptSchemaMismatch("inputSchema", "input", input.Name, "scalar or known-size vector of Single",
                input.Type is VectorDataViewType { IsKnownSize: false } ? "variable-size vector" : input.Type.ToString());
        }

        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.AddNormalized();
        annotations.Add(input, AnnotationUtils.Kinds.SlotNames);
        return new DataViewSchema.DetachedColumn(ColumnPairs[pair].outputColumnName, _normalizers[pair].Type, annotations.ToAnnotations());
    }

    private protected override Delegate MakeGetter(int pair, DataViewRow row, DataViewSchema.Column input) => _normalizers[pair].MakeGetter(row, input);

    private static bool IsFloating(DataViewType type)
        => type.GetItemType() is var item && (item == NumberDataViewType.Single || item == NumberDataViewType.Double) && type.GetValueCount() > 0;

    public abstract class NormalizerModelParametersBase
    {
        private protected NormalizerModelParametersBase()
        {
        }
    }

    /// <summary>x ↦ (x − Offset)·Scale; no offsets means zero.</summary>
    public sealed class AffineNormalizerModelParameters<TData> : NormalizerModelParametersBase
    {
        internal AffineNormalizerModelParameters(TData scale, TData offset)
        {
            Scale = scale;
            Offset = offset;
        }

        public TData Scale { get; }

        public TData Offset { get; }
    }

    public sealed class CdfNormalizerModelParameters<TData> : NormalizerModelParametersBase
    {
        internal CdfNormalizerModelParameters(TData mean, TData stddev, bool useLog)
        {
            Mean = mean;
            StandardDeviation = stddev;
            UseLog = useLog;
        }

        public TData Mean { get; }

        public TData StandardDeviation { get; }

        public bool UseLog { get; }
    }

    /// <summary>The learner of one column while rows go by.</summary>
    private abstract class Step
    {
        /// <summary>False once the column has seen as many rows as it wants.</summary>
        public abstract bool ProcessRow();

        public abstract ColumnNormalizer Finish();

        public static Step Create(DataViewRow row, DataViewSchema.Column input, NormalizingEstimator.ColumnOptions options)
            => input.Type.GetItemType() == NumberDataViewType.Single ? new Step<float>(row, input, options) : new Step<double>(row, input, options);
    }

    private sealed class Step<T> : Step where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly DataViewType _type;
        private readonly NormalizerLearner<T> _learner;
        private readonly ValueGetter<VBuffer<T>> _getter;
        private VBuffer<T> _value;
        private long _left;

        public Step(DataViewRow row, DataViewSchema.Column input, NormalizingEstimator.ColumnOptions options)
        {
            _type = input.Type;
            _left = options.MaximumExampleCount;
            _learner = options.MakeLearner<T>(input.Type.GetValueCount());
            _getter = input.Type is VectorDataViewType ? row.GetGetter<VBuffer<T>>(input) : Scalar(row.GetGetter<T>(input));
        }

        public override bool ProcessRow()
        {
            if (_left == 0)
                return false;
            _left--;
            _getter(ref _value);
            Contracts.Check(_value.Length == _type.GetValueCount(), $"Normalizer expected {_type.GetValueCount()} slots but got {_value.Length}");
            _learner.Process(in _value);
            return true;
        }

        public override ColumnNormalizer Finish() => _learner.Finish(_type);

        private static ValueGetter<VBuffer<T>> Scalar(ValueGetter<T> getter)
        {
            var one = new T[1];
            return (ref VBuffer<T> value) =>
            {
                getter(ref one[0]);
                value = new VBuffer<T>(1, one);
            };
        }
    }
}
