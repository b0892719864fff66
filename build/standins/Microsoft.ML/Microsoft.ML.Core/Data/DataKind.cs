using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

public enum DataKind : byte
{
    SByte = 1,
    Byte = 2,
    Int16 = 3,
    UInt16 = 4,
    Int32 = 5,
    UInt32 = 6,
    Int64 = 7,
    UInt64 = 8,
    Single = 9,
    Double = 10,
    String = 11,
    Boolean = 12,
    TimeSpan = 13,
    DateTime = 14,
    DateTimeOffset = 15,
}

/// <summary>The one table of simple types: kind, type in memory, column type.</summary>
internal static class ColumnTypeExtensions
{
    private static readonly (DataKind Kind, PrimitiveDataViewType Type)[] s_types =
    [
        (DataKind.SByte, NumberDataViewType.SByte),
        (DataKind.Byte, NumberDataViewType.Byte),
        (DataKind.Int16, NumberDataViewType.Int16),
        (DataKind.UInt16, NumberDataViewType.UInt16),
        (DataKind.Int32, NumberDataViewType.Int32),
        (DataKind.UInt32, NumberDataViewType.UInt32),
        (DataKind.Int64, NumberDataViewType.Int64),
        (DataKind.UInt64, NumberDataViewType.UInt64),
        (DataKind.Single, NumberDataViewType.Single),
        (DataKind.Double, NumberDataViewType.Double),
        (DataKind.String, TextDataViewType.Instance),
        (DataKind.Boolean, BooleanDataViewType.Instance),
        (DataKind.TimeSpan, TimeSpanDataViewType.Instance),
        (DataKind.DateTime, DateTimeDataViewType.Instance),
        (DataKind.DateTimeOffset, DateTimeOffsetDataViewType.Instance),
    ];

    public static PrimitiveDataViewType PrimitiveTypeFromKind(DataKind kind)
        => s_types.FirstOrDefault(t => t.Kind == kind).Type ?? throw Contracts.ExceptParam(nameof(kind), $"Unknown data kind '{kind}'");

    /// <summary>The column type of a type in memory; <c>string</c> counts as text. Null if there is none.</summary>
    public static PrimitiveDataViewType PrimitiveTypeFromTypeOrNull(Type type)
        => type == typeof(string) ? TextDataViewType.Instance
            : type == typeof(DataViewRowId) ? RowIdDataViewType.Instance
            : s_types.FirstOrDefault(t => t.Type.RawType == type).Type;

    public static PrimitiveDataViewType PrimitiveTypeFromType(Type type)
        => PrimitiveTypeFromTypeOrNull(type) ?? throw Contracts.ExceptParam(nameof(type), $"Type '{type}' is no column type");

    public static DataKind KindOf(DataViewType type)
    {
        var kind = s_types.FirstOrDefault(t => t.Type.RawType == type.RawType).Kind;
        return kind != 0 ? kind : throw Contracts.ExceptParam(nameof(type), $"Type '{type}' has no data kind");
    }

    public static DataViewType GetItemType(this DataViewType type) => (type as VectorDataViewType)?.ItemType ?? type;

    /// <summary>The size of a vector (0 if it varies), or 1.</summary>
    public static int GetValueCount(this DataViewType type) => (type as VectorDataViewType)?.Size ?? 1;

    /// <summary>The count of a key type or of a vector of keys, or 0.</summary>
    public static ulong GetKeyCount(this DataViewType type) => (type.GetItemType() as KeyDataViewType)?.Count ?? 0;

    public static bool IsKnownSizeVector(this DataViewType type) => type is VectorDataViewType { IsKnownSize: true };
}
