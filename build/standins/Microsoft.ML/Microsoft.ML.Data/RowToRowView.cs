using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A view whose rows are mapped one by one, in as many cursors as the source gives.</summary>
internal sealed class RowToRowView(RowToRowMapping mapping, IDataView source) : IDataView
{
    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema Schema => mapping.OutputSchema;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var columns = columnsNeeded.ToArray();
        return mapping.MapCursor(source.GetRowCursor(mapping.GetDependencies(columns), rand), columns);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        var columns = columnsNeeded.ToArray();
        var cursors = source.GetRowCursorSet(mapping.GetDependencies(columns), n, rand);
        // Mapping is work: share it even where reading cannot be shared.
        if (cursors.Length == 1 && n > 1 && columns.Any(mapping.IsAdded))
            cursors = SplitCursors.Split(cursors[0], n);
        return cursors.Select(cursor => mapping.MapCursor(cursor, columns)).ToArray();
    }
}
