using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// Gives every row a number in [0, 1) by which views are split: random by its position, or from a key column, so that rows with
/// the same key stay together. Splits of one object are consistent with each other.
/// </summary>
internal sealed class SplitTest
{
    private const uint DefaultSeed = 42;
    private const uint DefaultHashSeed = 314489979;
    private const uint HashMask = (1u << 30) - 1;

    private readonly IDataView _data;
    private readonly DataViewSchema.Column? _key;
    private readonly int? _seed;
    private readonly Lazy<(double Min, double Max)> _range;

    public SplitTest(IHostEnvironment env, IDataView data, string keyColumn, int? seed)
    {
        _data = data;
        _seed = seed ?? ((IHostEnvironmentInternal)env).Seed;
        if (keyColumn != null)
            _key = data.Schema.GetColumnOrNull(keyColumn) ?? throw env.ExceptSchemaMismatch("samplingKeyColumn", "SamplingKeyColumn", keyColumn);
        _range = new(RangeOfKey);
    }

    /// <summary>The rows whose number passes; rows without a number (a missing key) never do.</summary>
    public IDataView Where(Func<double, bool> test) => _key is not { } key
        ? new FilterView(_data, [], row => Random(row, test), isSequential: true)
        : new FilterView(_data, [key], row => ((Func<DataViewRow, Func<double, bool>, Func<bool>>)OfKey<int>).CallFor<Func<bool>>([key.Type.RawType], this, row, test));

    private Func<bool> Random(DataViewRow row, Func<double, bool> test)
    {
        var random = RandomUtils.Create(_seed is { } seed ? (uint)seed : DefaultSeed);
        long drawn = -1;
        float value = 0;
        return () =>
        {
            for (; drawn < row.Position; drawn++)
                value = random.NextFloat();
            return test(value);
        };
    }

    private Func<bool> OfKey<T>(DataViewRow row, Func<double, bool> test)
    {
        var type = _key!.Value.Type;
        var getter = row.GetGetter<T>(_key.Value);
        Func<T, double> number = type switch
        {
            KeyDataViewType key => value => Convert.ToUInt64(value) is var v && v > 0 && v <= key.Count ? (v - 0.5) / key.Count : double.NaN,
            _ when typeof(T) == typeof(float) || typeof(T) == typeof(double) => Scaled,
            _ => value => Hash(value) is var hash && hash > 0 ? (hash - 0.5) / (HashMask + 1.0) : double.NaN,
        };
        T current = default;
        return () =>
        {
            getter(ref current);
            double n = number(current);
            return !double.IsNaN(n) && test(n);
        };
    }

    private double Scaled<T>(T value)
    {
        var (min, max) = _range.Value;
        return max > min ? (Convert.ToDouble(value) - min) / (max - min) : 0;
    }

    private (double Min, double Max) RangeOfKey()
    {
        var column = _key!.Value;
        using var cursor = _data.GetRowCursor([column]);
        var values = column.Type == NumberDataViewType.Single
            ? Values(cursor.GetGetter<float>(column), cursor).Select(value => (double)value)
            : Values(cursor.GetGetter<double>(column), cursor);
        var (min, max) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (double value in values.Where(double.IsFinite))
            (min, max) = (Math.Min(min, value), Math.Max(max, value));
        return (min, max);
    }

    private static IEnumerable<T> Values<T>(ValueGetter<T> getter, DataViewRowCursor cursor)
    {
        T value = default;
        while (cursor.MoveNext())
        {
            getter(ref value);
            yield return value;
        }
    }

    /// <summary>1 up to the mask + 1; 0 for empty text.</summary>
    private uint Hash<T>(T value)
    {
        uint seed = _seed is { } s ? (uint)s : DefaultHashSeed;
        ReadOnlySpan<byte> bytes = value switch
        {
            ReadOnlyMemory<char> text => Encoding.UTF8.GetBytes(text.Span.Trim(' ').ToString()),
            bool b => MemoryMarshal.AsBytes(new ReadOnlySpan<uint>([b ? 1u : 0u])),
            long or ulong => MemoryMarshal.AsBytes(new ReadOnlySpan<long>([unchecked((long)(value is ulong u ? u : (ulong)Convert.ToInt64(value)))])),
            DateTime time => MemoryMarshal.AsBytes(new ReadOnlySpan<long>([time.Ticks])),
            DateTimeOffset time => MemoryMarshal.AsBytes(new ReadOnlySpan<long>([time.UtcTicks])),
            TimeSpan span => MemoryMarshal.AsBytes(new ReadOnlySpan<long>([span.Ticks])),
            sbyte or short or int => MemoryMarshal.AsBytes(new ReadOnlySpan<int>([Convert.ToInt32(value)])),
            byte or ushort or uint => MemoryMarshal.AsBytes(new ReadOnlySpan<uint>([Convert.ToUInt32(value)])),
            _ => throw Contracts.ExceptParam("samplingKeyColumn", $"Column '{_key!.Value.Name}' of type {_key.Value.Type} cannot be a sampling key: it must be a number, a key, text, a boolean or a time."),
        };
        if (bytes.IsEmpty)
            return 0;
        return (Murmur(seed, bytes) & HashMask) + 1;
    }

    /// <summary>MurmurHash3, 32 bits.</summary>
    private static uint Murmur(uint hash, ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, uint>(bytes);
        foreach (uint word in words)
            hash = RandomUtils.MurmurRound(hash, word);
        uint tail = 0;
        for (int i = bytes.Length - 1; i >= words.Length * sizeof(uint); i--)
            tail = tail << 8 | bytes[i];
        hash ^= uint.RotateLeft(tail * 0xCC9E2D51, 15) * 0x1B873593;
        hash ^= (uint)bytes.Length;
        hash = (hash ^ hash >> 16) * 0x85ebca6b;
        hash = (hash ^ hash >> 13) * 0xc2b2ae35;
        return hash ^ hash >> 16;
    }
}
