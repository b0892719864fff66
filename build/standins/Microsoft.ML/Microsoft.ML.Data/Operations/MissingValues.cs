using System.Numerics;

namespace Microsoft.ML.Data;

/// <summary>NaN, and key 0.</summary>
internal static class MissingValues
{
    public static bool CanBeMissing(DataViewType type)
        => type.GetItemType() is var item && (item == NumberDataViewType.Single || item == NumberDataViewType.Double || item is KeyDataViewType);

    /// <summary>Whether the row's value is missing; of a vector, whether any item is.</summary>
    public static Func<bool> MakeTest(DataViewRow row, DataViewSchema.Column column)
    {
        Func<DataViewRow, DataViewSchema.Column, Func<bool>> make = column.Type.GetItemType() is KeyDataViewType ? OfKey<uint> : OfNumber<float>;
        return make.CallFor<Func<bool>>(column.Type.GetItemType().RawType, row, column);
    }

    private static Func<bool> OfNumber<T>(DataViewRow row, DataViewSchema.Column column) where T : INumberBase<T>
        => MakeTest<T>(row, column, T.IsNaN, sparseIsMissing: false);

    private static Func<bool> OfKey<T>(DataViewRow row, DataViewSchema.Column column) where T : INumberBase<T>
        => MakeTest<T>(row, column, T.IsZero, sparseIsMissing: true);

    private static Func<bool> MakeTest<T>(DataViewRow row, DataViewSchema.Column column, Func<T, bool> isMissing, bool sparseIsMissing)
    {
        if (column.Type is not VectorDataViewType)
        {
            var getter = row.GetGetter<T>(column);
            T value = default;
            return () =>
            {
                getter(ref value);
                return isMissing(value);
            };
        }

        var vectorGetter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> vector = default;
        return () =>
        {
            vectorGetter(ref vector);
            if (sparseIsMissing && !vector.IsDense)
                return true;
            foreach (var item in vector.GetValues())
            {
                if (isMissing(item))
                    return true;
            }

            return false;
        };
    }
}
