using System.Collections.Immutable;
using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>What maps the values of one column, a scalar or a vector of known size.</summary>
internal abstract class ColumnNormalizer
{
    public DataViewType Type { get; protected init; }

    public abstract NormalizingTransformer.NormalizerModelParametersBase Parameters { get; }

    public static ColumnNormalizer Load(ModelLoadContext ctx)
    {
        var item = ctx.LoadType();
        Contracts.CheckDecode(item == NumberDataViewType.Single || item == NumberDataViewType.Double);
        int[] dimensions = ctx.LoadValues<int>();
        DataViewType type = dimensions.Length == 0 ? item : new VectorDataViewType(item, dimensions);
        return item == NumberDataViewType.Single ? Load<float>(ctx, type) : Load<double>(ctx, type);
    }

    public void Save(ModelSaveContext ctx)
    {
        ctx.SaveType((PrimitiveDataViewType)Type.GetItemType());
        ctx.SaveValues((Type as VectorDataViewType)?.Dimensions.ToArray() ?? []);
        SaveParameters(ctx);
    }

    public abstract Delegate MakeGetter(DataViewRow row, DataViewSchema.Column input);

    protected abstract void SaveParameters(ModelSaveContext ctx);

    private static ColumnNormalizer Load<T>(ModelLoadContext ctx, DataViewType type) where T : unmanaged, IFloatingPointIeee754<T>
    {
        byte kind = ctx.Reader.ReadByte();
        T[] first = ctx.LoadValues<T>(), second = ctx.LoadValues<T>();
        int size = type.GetValueCount();
        Contracts.CheckDecode(first.Length == size && (second.Length == size || kind == AffineNormalizer<T>.Kind && second.Length == 0));
        return kind switch
        {
            AffineNormalizer<T>.Kind => new AffineNormalizer<T>(type, first, second.Length == 0 ? null : second),
            CdfNormalizer<T>.Kind => new CdfNormalizer<T>(type, first, second, ctx.Reader.ReadBoolean()),
            _ => throw Contracts.ExceptDecode("Corrupt model file"),
        };
    }
}

internal abstract class ColumnNormalizer<T> : ColumnNormalizer where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Whether zero stays zero in every slot: then sparse vectors stay sparse.</summary>
    protected abstract bool KeepsZero { get; }

    protected abstract T Map(int slot, T value);

    public override Delegate MakeGetter(DataViewRow row, DataViewSchema.Column input)
    {
        if (Type is not VectorDataViewType)
        {
            var getter = row.GetGetter<T>(input);
            return (ValueGetter<T>)((ref T value) =>
            {
                getter(ref value);
                value = Map(0, value);
            });
        }

        int size = Type.GetValueCount();
        var vectorGetter = row.GetGetter<VBuffer<T>>(input);
        var result = new SlotBuilder<T>();
        VBuffer<T> source = default;
        return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> destination) =>
        {
            vectorGetter(ref source);
            Contracts.Check(source.Length == size, $"Normalizer expected {size} slots but got {source.Length}");
            result.Reset(size);
            var values = source.GetValues();
            var indices = source.GetIndices();
            if (source.IsDense || KeepsZero)
            {
                for (int i = 0; i < values.Length; i++)
                {
                    int slot = indices.IsEmpty ? i : indices[i];
                    result.Add(slot, Map(slot, values[i]));
                }
            }
            else
            {
                for (int slot = 0, next = 0; slot < size; slot++)
                    result.Add(slot, Map(slot, next < indices.Length && indices[next] == slot ? values[next++] : T.Zero));
            }

            result.GetResult(ref destination);
        });
    }
}

internal sealed class AffineNormalizer<T> : ColumnNormalizer<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    internal const byte Kind = 1;

    private readonly T[] _scales;
    private readonly T[] _offsets;

    /// <summary>Offsets may be null: none.</summary>
    public AffineNormalizer(DataViewType type, T[] scales, T[] offsets)
    {
        Type = type;
        _scales = scales;
        _offsets = offsets;
    }

    public override NormalizingTransformer.NormalizerModelParametersBase Parameters => Type is VectorDataViewType
        ? new NormalizingTransformer.AffineNormalizerModelParameters<ImmutableArray<T>>(ImmutableArray.Create(_scales), ImmutableArray.Create(_offsets ?? []))
        : new NormalizingTransformer.AffineNormalizerModelParameters<T>(_scales[0], _offsets?[0] ?? T.Zero);

    protected override bool KeepsZero => _offsets == null;

    protected override T Map(int slot, T value) => _offsets == null ? value * _scales[slot] : (value - _offsets[slot]) * _scales[slot];

    protected override void SaveParameters(ModelSaveContext ctx)
    {
        ctx.Writer.Write(Kind);
        ctx.SaveValues(_scales);
        ctx.SaveValues(_offsets ?? []);
    }
}

/// <summary>The normal distribution function of the value, or of its logarithm; 0 where that is no number.</summary>
internal sealed class CdfNormalizer<T> : ColumnNormalizer<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    internal const byte Kind = 2;

    private readonly T[] _means;
    private readonly T[] _deviations;
    private readonly bool _useLog;

    public CdfNormalizer(DataViewType type, T[] means, T[] deviations, bool useLog)
    {
        Type = type;
        _means = means;
        _deviations = deviations;
        _useLog = useLog;
    }

    public override NormalizingTransformer.NormalizerModelParametersBase Parameters => Type is VectorDataViewType
        ? new NormalizingTransformer.CdfNormalizerModelParameters<ImmutableArray<T>>(ImmutableArray.Create(_means), ImmutableArray.Create(_deviations), _useLog)
        : new NormalizingTransformer.CdfNormalizerModelParameters<T>(_means[0], _deviations[0], _useLog);

    /// <summary>As in ML.NET: what a sparse vector leaves out stays 0, whatever the function says.</summary>
    protected override bool KeepsZero => true;

    protected override T Map(int slot, T value)
    {
        if (_deviations[slot] <= T.Epsilon)
            return T.Zero;
        if (_useLog)
            value = T.CreateTruncating(Math.Log(double.CreateTruncating(value)));
        return T.IsFinite(value) ? Cdf((value - _means[slot]) / _deviations[slot]) : T.Zero;
    }

    protected override void SaveParameters(ModelSaveContext ctx)
    {
        ctx.Writer.Write(Kind);
        ctx.SaveValues(_means);
        ctx.SaveValues(_deviations);
        ctx.Writer.Write(_useLog);
    }

    /// <summary>½(1 + erf(x/√2)) with Winitzki's approximation of erf.</summary>
    private static T Cdf(T x)
    {
        T half = x * x / T.CreateTruncating(2);
        T term = T.CreateTruncating(0.147) * half;
        double exponent = double.CreateTruncating(-half) * (4 / Math.PI + double.CreateTruncating(term)) / double.CreateTruncating(T.One + term);
        return T.CreateTruncating(0.5 + 0.5 * T.Sign(x) * Math.Sqrt(1 - Math.Exp(exponent)));
    }
}
