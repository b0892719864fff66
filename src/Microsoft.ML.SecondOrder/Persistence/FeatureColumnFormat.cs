using System.Collections.Immutable;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Persistence;

/// <summary>
/// The columns that a network reads, as plain values: their number, and for each its name, the code of what it holds, the number
/// of its keys where it holds keys, and its dimensions (none for a single value; one of 0 where the number is not known).
/// </summary>
internal static class FeatureColumnFormat
{
    /// <summary>Codes, from 0, are part of the format: never to be reused.</summary>
    private static readonly Type[] _items = [typeof(float), typeof(byte), typeof(ushort), typeof(uint), typeof(ulong)];

    private const string Dimensions = "dimensions of a feature column";

    public static void Write(BodyWriter writer, ImmutableArray<FeatureColumn> columns)
    {
        writer.Int32(columns.Length);
        foreach (var (name, type, _) in columns)
        {
            var vector = type as VectorDataViewType;
            var item = vector?.ItemType ?? (PrimitiveDataViewType)type;
            writer.Text(name);
            writer.Byte((byte)Array.IndexOf(_items, item.RawType));
            if (item is KeyDataViewType key)
            {
                writer.Int64((long)key.Count);
            }

            var dimensions = vector?.Dimensions ?? [];
            writer.Int32(dimensions.Length);
            foreach (var dimension in dimensions)
            {
                writer.Int32(dimension);
            }
        }
    }

    /// <exception cref="FormatException">The columns do not make the first parts of the shape.</exception>
    public static ImmutableArray<FeatureColumn> Read(BodyReader reader, NetworkShape shape)
    {
        var columns = new FeatureColumn[reader.Count(sizeof(int), "feature columns")];
        if (columns.Length < 1 || columns.Length > shape.Segments.Length)
        {
            throw BodyReader.Damaged($"{columns.Length} feature columns do not make {shape.Segments.Length} parts of the inputs");
        }

        for (var i = 0; i < columns.Length; i++)
        {
            var name = reader.Text("the name of a feature column");
            var segment = shape.Segments[i];
            if (name.Length == 0 || name != segment.Name)
            {
                throw BodyReader.Damaged($"the feature column '{name}' stands where the part '{segment.Name}' is");
            }

            columns[i] = new FeatureColumn(name, ReadType(reader, segment), segment);
        }

        return [.. columns];
    }

    private static DataViewType ReadType(BodyReader reader, InputSegment segment)
    {
        var code = reader.Byte("the type of a feature column");
        if (code >= _items.Length)
        {
            throw BodyReader.Damaged($"the feature column '{segment.Name}' has an unknown type, {code}");
        }

        var item = code == 0 ? (PrimitiveDataViewType)NumberDataViewType.Single : ReadKey(reader, _items[code], segment);
        var dimensions = new int[reader.Count(sizeof(int), Dimensions)];
        long product = 1;
        for (var i = 0; i < dimensions.Length; i++)
        {
            dimensions[i] = reader.Int32("the " + Dimensions);
            product = dimensions[i] < 1 || product > segment.Size ? long.MaxValue : product * dimensions[i];
        }

        var isOfUnknownSize = dimensions is [0] && segment.Kind == InputKind.Tokens;
        return product != segment.Size && !isOfUnknownSize ? throw BodyReader.Damaged($"the feature column '{segment.Name}' does not make {segment.Size} inputs")
            : dimensions.Length == 0 ? item
            : isOfUnknownSize ? new VectorDataViewType(item)
            : new VectorDataViewType(item, dimensions);
    }

    private static KeyDataViewType ReadKey(BodyReader reader, Type raw, InputSegment segment)
    {
        var count = reader.Int64("the number of keys of a feature column");
        return segment.Vocabularies.Length > 0 && segment.Vocabularies.All(v => v == count + 1) && KeyDataViewType.IsValidDataType(raw) && (ulong)count <= Most(raw)
            ? new KeyDataViewType(raw, (ulong)count)
            : throw BodyReader.Damaged($"the feature column '{segment.Name}' has {count} keys");
    }

    private static ulong Most(Type raw) => raw == typeof(byte) ? byte.MaxValue : raw == typeof(ushort) ? ushort.MaxValue : raw == typeof(uint) ? uint.MaxValue : ulong.MaxValue;
}
