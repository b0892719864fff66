namespace Microsoft.ML.SecondOrder.Training;

/// <summary>ML.NET does not check the lengths of arrays against the types of their columns.</summary>
internal static class VectorLength
{
    /// <exception cref="InvalidOperationException">A row's vector is not as long as its type says.</exception>
    public static void Require(DataViewRow row, DataViewSchema.Column column, int length, int expected)
    {
        if (length != expected)
        {
            throw new InvalidOperationException(FormattableString.Invariant(
                $"Row {row.Position}: the vector in column '{column.Name}' holds {length} numbers, where its type says {expected}. Bring all rows to one length, such as images to one size, or leave them out."));
        }
    }
}
