using System.Globalization;
using System.Numerics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

internal delegate void ValueMapper<TSource, TDestination>(in TSource source, ref TDestination destination);

internal delegate bool InPredicate<T>(in T value);

/// <summary>The conversions that ML.NET counts as standard between simple types, and what counts as a missing value.</summary>
internal static class Conversions
{
    private static readonly Dictionary<(Type, Type), Delegate> s_mappers = [];

    static Conversions()
    {
        Signed<sbyte>();
        Signed<short>();
        Signed<int>();
        Signed<long>();
        Unsigned<byte>();
        Unsigned<ushort>();
        Unsigned<uint>();
        Unsigned<ulong>();
        Real<float>("G7");
        Real<double>("G17");
        Boolean();
        Time((in TimeSpan value) => value.Ticks, "c");
        Time((in DateTime value) => value.Ticks, "o");
        Time((in DateTimeOffset value) => value.UtcDateTime.Ticks, "o");
        Add((in DateTime source, ref DateTime destination) => destination = source);
        Text();
    }

    private delegate long TicksOf<T>(in T value);

    /// <summary>A missing value of a type, where missing differs from 0: NaN.</summary>
    public static bool HasMissingValue(DataViewType type) => type.RawType == typeof(float) || type.RawType == typeof(double) || type is KeyDataViewType;

    /// <summary>Tells missing values: NaN of real numbers, 0 of keys. Null for types without.</summary>
    public static InPredicate<T> IsMissing<T>(DataViewType type)
    {
        Delegate predicate = type is KeyDataViewType ? (InPredicate<T>)((in T value) => EqualityComparer<T>.Default.Equals(value, default))
            : typeof(T) == typeof(float) ? (InPredicate<float>)((in float value) => float.IsNaN(value))
            : typeof(T) == typeof(double) ? (InPredicate<double>)((in double value) => double.IsNaN(value))
            : null;
        return (InPredicate<T>)predicate;
    }

    public static bool IsDefault<T>(in T value)
        => value is ReadOnlyMemory<char> text ? text.IsEmpty : EqualityComparer<T>.Default.Equals(value, default);

    /// <summary>NaN for real numbers, else the default value.</summary>
    public static T MissingOrDefault<T>()
        => typeof(T) == typeof(float) ? (T)(object)float.NaN : typeof(T) == typeof(double) ? (T)(object)double.NaN : default;

    public static ValueMapper<TSource, TDestination> Find<TSource, TDestination>()
        => (ValueMapper<TSource, TDestination>)s_mappers[(typeof(TSource), typeof(TDestination))];

    /// <summary>The mapper from one type to the other, or null.</summary>
    public static Delegate FindOrNull(DataViewType source, DataViewType destination)
    {
        if (source is KeyDataViewType key)
        {
            bool fits = destination is KeyDataViewType other
                ? key.Count == other.Count
                : KeyDataViewType.IsValidDataType(destination.RawType) && key.Count <= MaxValue(destination.RawType);
            if (!fits)
                return null;
        }
        else if (destination is KeyDataViewType target)
        {
            return source is TextDataViewType ? ((Func<KeyDataViewType, Delegate>)KeyParser<uint>).CallFor<Delegate>(target.RawType, target) : null;
        }

        return s_mappers.GetValueOrDefault((source.RawType, destination.RawType));
    }

    /// <summary>The largest value of an unsigned type.</summary>
    public static ulong MaxValue(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.Byte => byte.MaxValue,
        TypeCode.UInt16 => ushort.MaxValue,
        TypeCode.UInt32 => uint.MaxValue,
        TypeCode.UInt64 => ulong.MaxValue,
        _ => 0,
    };

    /// <summary>A key type of the given kind; without a count, as large as the kind allows.</summary>
    public static KeyDataViewType KeyType(DataKind kind, KeyCount count)
    {
        var type = ColumnTypeExtensions.PrimitiveTypeFromKind(kind).RawType;
        Contracts.CheckParam(KeyDataViewType.IsValidDataType(type), "Type", "Bad item type for Key");
        return count.Count == null ? new KeyDataViewType(type, MaxValue(type)) : new KeyDataViewType(type, count.Count.Value);
    }

    /// <summary>A getter of a column as another simple type.</summary>
    public static Delegate GetterAs(DataViewRow row, DataViewSchema.Column column, PrimitiveDataViewType type)
    {
        var source = column.Type.GetItemType();
        var mapper = FindOrNull(source, type) ?? throw Contracts.Except($"No standard conversion from '{source}' to '{type}'");
        Func<DataViewRow, DataViewSchema.Column, Delegate, Delegate> make = column.Type is VectorDataViewType ? VectorGetter<int, int> : ScalarGetter<int, int>;
        return (Delegate)make.Method.GetGenericMethodDefinition().MakeGenericMethod(source.RawType, type.RawType).Invoke(null, [row, column, mapper]);
    }

    private static ValueGetter<TDestination> ScalarGetter<TSource, TDestination>(DataViewRow row, DataViewSchema.Column column, Delegate mapper)
    {
        var getter = row.GetGetter<TSource>(column);
        if (getter is ValueGetter<TDestination> same)
            return same;
        var map = (ValueMapper<TSource, TDestination>)mapper;
        TSource source = default;
        return (ref TDestination destination) =>
        {
            getter(ref source);
            map(in source, ref destination);
        };
    }

    private static ValueGetter<VBuffer<TDestination>> VectorGetter<TSource, TDestination>(DataViewRow row, DataViewSchema.Column column, Delegate mapper)
    {
        var getter = row.GetGetter<VBuffer<TSource>>(column);
        if (getter is ValueGetter<VBuffer<TDestination>> same)
            return same;
        var map = (ValueMapper<TSource, TDestination>)mapper;
        VBuffer<TSource> source = default;
        TSource nothing = default;
        TDestination image = default;
        map(in nothing, ref image);
        bool keepsSparsity = IsDefault(in image);
        return (ref VBuffer<TDestination> destination) =>
        {
            getter(ref source);
            if (source.IsDense || keepsSparsity)
            {
                var values = source.GetValues();
                var editor = VBufferEditor.Create(ref destination, source.Length, values.Length);
                for (int i = 0; i < values.Length; i++)
                    map(in values[i], ref editor.Values[i]);
                source.GetIndices().CopyTo(editor.Indices);
                destination = editor.Commit();
            }
            else
            {
                var editor = VBufferEditor.Create(ref destination, source.Length);
                foreach (var (index, value) in source.Items(all: true))
                    map(in value, ref editor.Values[index]);
                destination = editor.Commit();
            }
        };
    }

    private static Delegate KeyParser<T>(KeyDataViewType key)
    {
        var parse = TextParsing.For<T>(key);
        return (ValueMapper<ReadOnlyMemory<char>, T>)((in ReadOnlyMemory<char> text, ref T value) => parse(text, out value));
    }

    private static void Add<TSource, TDestination>(ValueMapper<TSource, TDestination> mapper) => s_mappers.Add((typeof(TSource), typeof(TDestination)), mapper);

    private static void AddText<T>(Func<T, string> text)
        => Add((in T source, ref ReadOnlyMemory<char> destination) => destination = text(source).AsMemory());

    private static void Cast<TSource, TDestination>() where TSource : INumberBase<TSource> where TDestination : INumberBase<TDestination>
        => Add((in TSource source, ref TDestination destination) => destination = TDestination.CreateTruncating(source));

    private static void Narrow<TSource, TDestination>() where TSource : IBinaryInteger<TSource> where TDestination : IBinaryInteger<TDestination>, IMinMaxValue<TDestination>
        => Add((in TSource source, ref TDestination destination) => destination
            = ulong.CreateTruncating(source) <= ulong.CreateTruncating(TDestination.MaxValue) ? TDestination.CreateTruncating(source) : TDestination.Zero);

    private static void Number<T>(Func<T, string> text) where T : INumberBase<T>
    {
        Cast<T, float>();
        Cast<T, double>();
        Add((in T source, ref bool destination) => destination = !T.IsZero(source));
        AddText(text);
    }

    private static void Signed<T>() where T : IBinaryInteger<T>
    {
        Cast<T, sbyte>();
        Cast<T, short>();
        Cast<T, int>();
        Cast<T, long>();
        Number<T>(value => value.ToString());
    }

    private static void Unsigned<T>() where T : IBinaryInteger<T>
    {
        Narrow<T, byte>();
        Narrow<T, ushort>();
        Narrow<T, uint>();
        Narrow<T, ulong>();
        Number<T>(value => value.ToString());
    }

    private static void Real<T>(string format) where T : INumberBase<T> => Number<T>(value => value.ToString(format, CultureInfo.InvariantCulture));

    private static void Boolean()
    {
        Of<sbyte>();
        Of<short>();
        Of<int>();
        Of<long>();
        Of<float>();
        Of<double>();
        Add((in bool source, ref bool destination) => destination = source);
        AddText((bool value) => value.ToString());

        static void Of<T>() where T : INumberBase<T> => Add((in bool source, ref T destination) => destination = source ? T.One : T.Zero);
    }

    private static void Time<T>(TicksOf<T> ticks, string format) where T : IFormattable
    {
        Add((in T source, ref long destination) => destination = ticks(in source));
        Add((in T source, ref float destination) => destination = ticks(in source));
        Add((in T source, ref double destination) => destination = ticks(in source));
        AddText((T value) => value.ToString(format, null));
    }

    private static void Text()
    {
        Add((in ReadOnlyMemory<char> source, ref ReadOnlyMemory<char> destination) => destination = source);
        foreach (var type in (Type[])[typeof(sbyte), typeof(short), typeof(int), typeof(long), typeof(byte), typeof(ushort), typeof(uint), typeof(ulong),
            typeof(float), typeof(double), typeof(bool), typeof(TimeSpan), typeof(DateTime), typeof(DateTimeOffset)])
            ((Func<Type, object>)Of<int>).CallFor<object>(type, type);

        static object Of<T>(Type type)
        {
            var parse = TextParsing.For<T>(ColumnTypeExtensions.PrimitiveTypeFromType(type));
            // A signed integer has no value to say "missing" with.
            string mustParse = type.Name switch { "SByte" => "sbyte", "Int16" => "short", "Int32" => "int", "Int64" => "long", _ => null };
            Add((in ReadOnlyMemory<char> source, ref T destination) => Contracts.Check(parse(source, out destination) || mustParse == null,
                $"Value could not be parsed from text to {mustParse}."));
            return null;
        }
    }
}
