using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(LpNormNormalizingTransformer), null, typeof(SignatureLoadModel), "", LpNormNormalizingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>Scales every vector to norm 1, perhaps after its mean has been taken off.</summary>
public abstract class LpNormNormalizingEstimatorBase : TrivialEstimator<LpNormNormalizingTransformer>
{
    private protected LpNormNormalizingEstimatorBase(IHostEnvironment env, params ColumnOptions[] columns)
        : base(env.Register(nameof(LpNormNormalizingEstimator)), new LpNormNormalizingTransformer(env, columns))
    {
    }

    public enum NormFunction : byte
    {
        L2 = 0,
        StandardDeviation = 1,
        L1 = 2,
        Infinity = 3,
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(Transformer.Columns.Select(column =>
        {
            var input = inputSchema.InputColumn(Host, column.InputColumnName);
            if (input.Kind != SchemaShape.Column.VectorKind.Vector || input.ItemType != NumberDataViewType.Single)
                throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", column.InputColumnName, LpNormNormalizingTransformer.ExpectedType, input.GetTypeString());
            return new SchemaShape.Column(column.Name, input.Kind, input.ItemType, false,
                TransformUtils.Shape(input.Annotation(AnnotationUtils.Kinds.SlotNames), TransformUtils.NormalizedShape));
        }));
    }

    internal sealed record ColumnOptions(string Name, string InputColumnName, NormFunction Norm, bool EnsureZeroMean)
    {
        public string InputColumnName { get; } = InputColumnName ?? Name;
    }
}

public sealed class LpNormNormalizingEstimator : LpNormNormalizingEstimatorBase
{
    internal LpNormNormalizingEstimator(IHostEnvironment env, params ColumnOptions[] columns) : base(env, columns)
    {
    }
}

public sealed class LpNormNormalizingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "GcnTransform";
    internal const string ExpectedType = "Expected known-size vector of Single";

    /// <summary>A factor below this is not applied.</summary>
    private const float MinScale = 1e-8f;

    internal readonly LpNormNormalizingEstimatorBase.ColumnOptions[] Columns;

    internal LpNormNormalizingTransformer(IHostEnvironment env, params LpNormNormalizingEstimatorBase.ColumnOptions[] columns)
        : base(env.Register(nameof(LpNormNormalizingTransformer)), columns.Select(column => (column.Name, column.InputColumnName)).ToArray())
        => Columns = columns;

    private LpNormNormalizingTransformer(IHostEnvironment env, ModelLoadContext ctx)
        : base(env.Register(nameof(LpNormNormalizingTransformer)), ctx.At(GetVersionInfo()))
    {
        Columns = ColumnPairs.Select(pair => new LpNormNormalizingEstimatorBase.ColumnOptions(pair.outputColumnName, pair.inputColumnName,
            (LpNormNormalizingEstimatorBase.NormFunction)ctx.Reader.ReadByte(), ctx.Reader.ReadBoolean())).ToArray();
        Contracts.CheckDecode(Columns.All(column => Enum.IsDefined(column.Norm)));
    }

    private static VersionInfo GetVersionInfo() => new(modelSignature: "GCNORMAF", verWrittenCur: 0x00010001, verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001, loaderSignature: LoaderSignature, loaderAssemblyName: typeof(LpNormNormalizingTransformer).Assembly.FullName);

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(GetVersionInfo());
        SaveColumns(ctx);
        foreach (var column in Columns)
        {
            ctx.Writer.Write((byte)column.Norm);
            ctx.Writer.Write(column.EnsureZeroMean);
        }
    }

    private protected override DataViewSchema.DetachedColumn OutputColumn(int pair, DataViewSchema.Column input)
    {
        if (input.Type is not VectorDataViewType { IsKnownSize: true } vector || vector.ItemType != NumberDataViewType.Single)
            throw Host.ExceptSchemaMismatch("inputSchema", "input", input.Name, ExpectedType, input.Type.ToString());
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(input, AnnotationUtils.Kinds.SlotNames);
        annotations.AddNormalized();
        return new DataViewSchema.DetachedColumn(ColumnPairs[pair].outputColumnName, input.Type, annotations.ToAnnotations());
    }

    private protected override Delegate MakeGetter(int pair, DataViewRow row, DataViewSchema.Column input)
    {
        var options = Columns[pair];
        var getter = row.GetGetter<VBuffer<float>>(input);
        VBuffer<float> source = default;
        return (ValueGetter<VBuffer<float>>)((ref VBuffer<float> destination) =>
        {
            getter(ref source);
            Normalize(in source, ref destination, options.Norm, options.EnsureZeroMean);
        });
    }

    /// <summary>Of a sparse vector, mean and deviation are those of all items, the norms those of the explicit items only.</summary>
    internal static void Normalize(in VBuffer<float> source, ref VBuffer<float> destination, LpNormNormalizingEstimatorBase.NormFunction norm, bool ensureZeroMean)
    {
        var values = source.GetValues();
        if (values.IsEmpty)
        {
            TransformUtils.SetEmpty(ref destination, source.Length);
            return;
        }

        float mean = ensureZeroMean ? Sum(values) / source.Length : 0;
        float divisor = norm switch
        {
            LpNormNormalizingEstimatorBase.NormFunction.L1 => SumOfAbsolutes(values, mean),
            LpNormNormalizingEstimatorBase.NormFunction.Infinity => Largest(values, mean),
            LpNormNormalizingEstimatorBase.NormFunction.StandardDeviation => Deviation(values, source.Length, Sum(values) / source.Length),
            _ => MathF.Sqrt(SumOfSquares(values, mean)),
        };
        float scale = divisor > 0 ? 1 / divisor : 1;
        if (scale < MinScale)
            scale = 1;
        if (mean == 0)
        {
            var editor = VBufferEditor.Create(ref destination, source.Length, values.Length);
            source.GetIndices().CopyTo(editor.Indices);
            for (int i = 0; i < values.Length; i++)
                editor.Values[i] = scale * values[i];
            destination = editor.Commit();
        }
        else
        {
            // Off zero there is nothing sparse.
            var editor = VBufferEditor.Create(ref destination, source.Length);
            source.CopyTo(editor.Values);
            for (int i = 0; i < editor.Values.Length; i++)
                editor.Values[i] = scale * (editor.Values[i] - mean);
            destination = editor.Commit();
        }
    }

    private static float Deviation(ReadOnlySpan<float> values, int length, float mean)
        => MathF.Sqrt(((length - values.Length) * (mean * mean) + SumOfSquares(values, mean)) / length);

    private static float SumOfSquares(ReadOnlySpan<float> values, float mean)
    {
        float sum = 0;
        foreach (float value in values)
            sum += (value - mean) * (value - mean);
        return sum;
    }

    private static float Sum(ReadOnlySpan<float> values)
    {
        float sum = 0;
        foreach (float value in values)
            sum += value;
        return sum;
    }

    private static float SumOfAbsolutes(ReadOnlySpan<float> values, float mean)
    {
        float sum = 0;
        foreach (float value in values)
            sum += MathF.Abs(value - mean);
        return sum;
    }

    private static float Largest(ReadOnlySpan<float> values, float mean)
    {
        float largest = 0;
        foreach (float value in values)
            largest = MathF.Max(largest, MathF.Abs(value - mean));
        return largest;
    }
}
