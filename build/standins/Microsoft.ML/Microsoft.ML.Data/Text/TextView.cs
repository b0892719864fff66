using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The rows of text files; every cursor reads the files anew.</summary>
internal sealed class TextView(TextLoader loader, IMultiStreamSource files) : IDataView
{
    public bool CanShuffle => false;

    public DataViewSchema Schema => loader.GetOutputSchema();

    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null) => new Cursor(loader, files, columnsNeeded.ToArray());

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor : RootCursor
    {
        private readonly TextLoader _loader;
        private readonly LineReader _lines;
        private readonly FieldSplitter _fields;
        private readonly TextCell[] _cells;
        private long _rows;
        private long _bad;
        private bool _disposed;

        public Cursor(TextLoader loader, IMultiStreamSource files, DataViewSchema.Column[] columnsNeeded) : base(loader.GetOutputSchema(), columnsNeeded)
        {
            _loader = loader;
            var format = loader.Format;
            _cells = new TextCell[loader.Columns.Length];
            int last = 0;
            foreach (var column in columnsNeeded)
            {
                _cells[column.Index] = TextCell.Create(loader.Columns[column.Index], format);
                last = Math.Max(last, loader.Columns[column.Index].LastField);
            }

            if (format.InputSize > 0)
                last = Math.Min(last, format.InputSize - 1);
            _lines = new LineReader(files, format, format.HasHeader, format.MaxRows);
            _fields = new FieldSplitter(format, format.InputSize, last);
        }

        protected override bool MoveNextCore()
        {
            try
            {
                var line = _lines.Next();
                if (line == null)
                    return false;
                int count = _fields.Split(line.AsMemory());
                foreach (var cell in _cells)
                    _bad += cell?.Read(_fields, count, _lines.LineNumber) ?? 0;
            }
            catch (Exception ex) when (ex is InvalidOperationException or FormatException)
            {
                throw Contracts.ExceptDecode($"Parsing failed with an exception: {ex.Message}", ex);
            }

            _rows++;
            return true;
        }

        protected override Delegate GetGetterCore(int column) => _cells[column].Getter;

        protected override void Dispose(bool disposing)
        {
            if (disposing && !_disposed)
            {
                _disposed = true;
                _lines.Dispose();
                if (_bad > 0 || _fields.Errors > 0)
                {
                    using var channel = _loader.Host.Start("ParseStats");
                    channel.Info(MessageSensitivity.Schema, "Processed {0} rows with {1} bad values and {2} format errors", _rows, _bad, _fields.Errors);
                }
            }

            base.Dispose(disposing);
        }
    }
}
