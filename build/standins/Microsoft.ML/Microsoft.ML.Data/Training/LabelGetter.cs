using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Labels of any allowed type as numbers.</summary>
internal static class LabelGetter
{
    /// <summary>False and true as 0 and 1, keys as class numbers from 0, a missing key as NaN.</summary>
    public static ValueGetter<float> Create(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is KeyDataViewType key)
            return ((Func<DataViewRow, DataViewSchema.Column, ulong, ValueGetter<float>>)OfKey<uint>).CallFor<ValueGetter<float>>(key.RawType, row, column, key.Count);
        if (column.Type == NumberDataViewType.Single)
            return row.GetGetter<float>(column);
        if (column.Type == NumberDataViewType.Double)
            return Converted<double>(row, column, value => (float)value);
        if (column.Type is BooleanDataViewType)
            return Converted<bool>(row, column, value => value ? 1 : 0);
        throw Contracts.Except("Only floating point number, boolean, and key type values can be used as label.");
    }

    private static ValueGetter<float> OfKey<T>(DataViewRow row, DataViewSchema.Column column, ulong count)
        => Converted<T>(row, column, value => Convert.ToUInt64(value) is var key && key > 0 && key <= count ? key - 1 : float.NaN);

    private static ValueGetter<float> Converted<T>(DataViewRow row, DataViewSchema.Column column, Func<T, float> convert)
    {
        var source = row.GetGetter<T>(column);
        T value = default;
        return (ref float destination) =>
        {
            source(ref value);
            destination = convert(value);
        };
    }
}
