namespace Microsoft.ML.Data;

/// <summary>128 bits that tell rows of a view apart, whatever the order in which they are read.</summary>
public readonly struct DataViewRowId : IComparable<DataViewRowId>, IEquatable<DataViewRowId>
{
    // The constants of MurmurHash3 (128 bits, x64).
    private const ulong C1 = 0x87c37b91114253d5;
    private const ulong C2 = 0x4cf5ad432745937f;

    public readonly ulong Low;
    public readonly ulong High;

    public DataViewRowId(ulong low, ulong high)
    {
        Low = low;
        High = high;
    }

    public override string ToString() => $"{High:x16}{Low:x16}";

    public int CompareTo(DataViewRowId other)
    {
        int order = High.CompareTo(other.High);
        return order != 0 ? order : Low.CompareTo(other.Low);
    }

    public bool Equals(DataViewRowId other) => Low == other.Low && High == other.High;

    public override bool Equals(object obj) => obj is DataViewRowId other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Low, High);

    /// <summary>The id of the first of several rows that come from this row.</summary>
    public DataViewRowId Fork()
    {
        var next = Next();
        return new DataViewRowId(next.Low ^ Mix1(1), next.High);
    }

    /// <summary>The id after this one among the rows that come from the same row.</summary>
    public DataViewRowId Next() => Mixed(0, 0);

    /// <summary>The id of a row that comes from this row and another one.</summary>
    public DataViewRowId Combine(DataViewRowId other)
    {
        var block = other.Fork();
        return Mixed(Mix1(block.Low), Mix2(block.High));
    }

    private static ulong Mix1(ulong block) => ulong.RotateLeft(block * C1, 31) * C2;

    private static ulong Mix2(ulong block) => ulong.RotateLeft(block * C2, 33) * C1;

    private DataViewRowId Mixed(ulong block1, ulong block2)
    {
        ulong low = (ulong.RotateLeft(Low ^ block1, 27) + High) * 5 + 0x52dce729;
        ulong high = (ulong.RotateLeft(High ^ block2, 31) + low) * 5 + 0x38495ab5;
        return new DataViewRowId(low, high);
    }
}
