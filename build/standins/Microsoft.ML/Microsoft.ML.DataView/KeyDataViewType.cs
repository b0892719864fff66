using Microsoft.ML.Internal.DataView;

namespace Microsoft.ML.Data;

/// <summary>A category out of <see cref="Count"/>: values run from 1, and 0 means missing.</summary>
public sealed class KeyDataViewType : PrimitiveDataViewType
{
    private static readonly Dictionary<Type, ulong> s_largest = new()
    {
        [typeof(byte)] = byte.MaxValue,
        [typeof(ushort)] = ushort.MaxValue,
        [typeof(uint)] = uint.MaxValue,
        [typeof(ulong)] = ulong.MaxValue,
    };

    public KeyDataViewType(Type type, ulong count) : base(type)
    {
        Check.Param(IsValidDataType(type), nameof(type), "Type is not valid, it must be Byte, UInt16, UInt32, or UInt64.");
        Check.Param(count > 0 && count <= s_largest[type], nameof(count),
            $"The cardinality of a {nameof(KeyDataViewType)} must not exceed {type.Name}.MaxValue and must be strictly positive, but got {count}.");
        Count = count;
    }

    public KeyDataViewType(Type type, int count) : this(type, (ulong)Math.Max(count, 0))
    {
    }

    public ulong Count { get; }

    public static bool IsValidDataType(Type type) => type != null && s_largest.ContainsKey(type);

    public override bool Equals(DataViewType other) => other is KeyDataViewType key && key.RawType == RawType && key.Count == Count;

    public override bool Equals(object other) => Equals(other as DataViewType);

    public override int GetHashCode() => HashCode.Combine(RawType, Count);

    public override string ToString() => $"Key<{RawType.Name}, 0-{Count - 1}>";
}
