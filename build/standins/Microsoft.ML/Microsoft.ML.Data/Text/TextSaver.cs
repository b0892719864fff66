using System.Globalization;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Writes rows as text that the loader reads back: many default values at the end of a line as sparse ones.</summary>
internal sealed class TextSaver(TextWriter writer, char separator, bool dense)
{
    private const double SparseWeight = 2.5;

    public void Save(IDataView data, DataViewSchema.Column[] columns, bool header, bool schema)
    {
        foreach (var column in columns)
            Contracts.Check(column.Type.GetItemType() is KeyDataViewType || ColumnTypeExtensions.PrimitiveTypeFromTypeOrNull(column.Type.GetItemType().RawType) != null,
                $"Column '{column.Name}' of type {column.Type} cannot be written as text");
        string[][] slotNames = columns.Select(column => column.Type.IsKnownSizeVector() ? column.SlotNamesOrNull() : null).ToArray();
        header &= columns.Where((column, i) => column.Type is not VectorDataViewType || slotNames[i] != null).Any();
        if (schema)
            WriteSchema(columns, header);
        using var cursor = data.GetRowCursor(columns);
        var cells = columns.Select(column => Cell.Create(cursor, column, separator)).ToArray();
        if (header)
            WriteLine(columns.Select((column, i) => HeaderOf(column, slotNames[i])).ToArray(), "\"\"");
        while (cursor.MoveNext())
            WriteLine(cells.Select(cell => cell.Read()).ToArray(), null);
    }

    /// <summary>A text as a field: quoted where needed.</summary>
    internal static string Quote(ReadOnlySpan<char> text, char separator)
    {
        if (!text.IsEmpty && text[0] != ' ' && !text.ContainsAny("\":\n") && !text.Contains(separator))
            return text.ToString();
        return "\"" + text.ToString().Replace("\"", "\"\"") + "\"";
    }

    private void WriteSchema(DataViewSchema.Column[] columns, bool header)
    {
        writer.WriteLine("#@ TextLoader{");
        if (header)
            writer.WriteLine("#@   header+");
        writer.WriteLine($"#@   sep={EmbeddedOptions.NameOf(separator)}");
        int index = 0;
        foreach (var column in columns)
        {
            var item = column.Type.GetItemType();
            string kind = EmbeddedOptions.NameOf(ColumnTypeExtensions.KindOf(item));
            string range = column.Type is not VectorDataViewType vector ? $"{index}" : vector.IsKnownSize ? $"{index}-{index + vector.Size - 1}" : $"{index}-**";
            bool plain = column.Name.All(c => !char.IsWhiteSpace(c) && c is not ('{' or '}' or '"' or ':' or '#' or ','));
            if (plain)
            {
                string type = item is KeyDataViewType key ? $"{kind}[{key.Count}]" : kind;
                writer.WriteLine($"#@   col={column.Name}:{type}:{range}");
            }
            else
            {
                string key = item is KeyDataViewType k ? $" key={k.Count}" : "";
                string type = kind == "R4" ? "" : $" type={kind}";
                writer.WriteLine($"#@   col={{name={{{column.Name}}}{type} src={range}{key}}}");
            }

            index += column.Type.GetValueCount();
        }

        writer.WriteLine("#@ }");
    }

    private Values HeaderOf(DataViewSchema.Column column, string[] slotNames)
        => column.Type is not VectorDataViewType ? new Values(1, "", [(0, Quote(column.Name, separator))])
            : new Values(column.Type.GetValueCount(), "", slotNames == null ? []
                : slotNames.Select((name, slot) => (slot, name)).Where(item => item.name.Length > 0).Select(item => (item.slot, Quote(item.name, separator))).ToList());

    /// <summary>Writes columns one by one up to the best place, and what comes after it as "count index:value …".</summary>
    private void WriteLine(Values[] columns, string defaultText)
    {
        int total = columns.Sum(column => column.Length), count = columns.Sum(column => column.Items.Count);
        int split = 0, done = 0, seen = 0;
        double best = SparseWeight * count;
        int[] ends = new int[columns.Length + 1];
        for (int i = 1; i <= columns.Length; i++)
        {
            ends[i] = done += columns[i - 1].Length;
            seen += columns[i - 1].Items.Count;
            double score = done + SparseWeight * (count - seen);
            if (best > score)
                (best, split) = (score, i);
        }

        int lengthDense = ends[split], lengthSparse = total - lengthDense;
        if (dense || lengthSparse < 5 || lengthSparse < lengthDense / 5)
            split = columns.Length;
        var fields = new List<string>();
        for (int i = 0; i < split; i++)
            columns[i].AddDense(fields, defaultText);
        if (split < columns.Length)
        {
            fields.Add(lengthSparse.ToString(CultureInfo.InvariantCulture));
            int before = fields.Count;
            for (int i = split; i < columns.Length; i++)
                fields.AddRange(columns[i].Items.Select(item => $"{ends[i] - lengthDense + item.Slot}:{item.Text}"));
            if (fields.Count == before)
                fields.Add("0:" + (defaultText ?? columns[split].Default));
        }

        writer.WriteLine(string.Join(separator, fields));
    }

    /// <summary>The values of one column that are not the default.</summary>
    private sealed record Values(int Length, string Default, List<(int Slot, string Text)> Items)
    {
        public void AddDense(List<string> fields, string defaultText)
        {
            int start = fields.Count;
            fields.AddRange(Enumerable.Repeat(defaultText ?? Default, Length));
            foreach (var (slot, text) in Items)
                fields[start + slot] = text;
        }
    }

    private abstract class Cell
    {
        public abstract Values Read();

        public static Cell Create(DataViewRow row, DataViewSchema.Column column, char separator)
            => ((Func<DataViewRow, DataViewSchema.Column, char, Cell>)Create<int>).CallFor<Cell>(column.Type.GetItemType().RawType, row, column, separator);

        private static Cell Create<T>(DataViewRow row, DataViewSchema.Column column, char separator)
            => column.Type is VectorDataViewType ? new VectorCell<T>(row, column, separator) : new ScalarCell<T>(row, column, separator);
    }

    private abstract class Cell<T>(DataViewSchema.Column column, char separator) : Cell
    {
        private readonly PrimitiveDataViewType _type = (PrimitiveDataViewType)column.Type.GetItemType();

        protected string Default => TextOf(default);

        protected string TextOf(T value) => value switch
        {
            ReadOnlyMemory<char> text => Quote(text.Span, separator),
            TimeSpan or DateTime or DateTimeOffset => $"\"{ValueText.Of(value, _type)}\"",
            _ => ValueText.Of(value, _type),
        };
    }

    private sealed class ScalarCell<T>(DataViewRow row, DataViewSchema.Column column, char separator) : Cell<T>(column, separator)
    {
        private readonly ValueGetter<T> _getter = row.GetGetter<T>(column);
        private T _value;

        public override Values Read()
        {
            _getter(ref _value);
            string text = TextOf(_value);
            return new Values(1, Default, text == Default ? [] : [(0, text)]);
        }
    }

    private sealed class VectorCell<T>(DataViewRow row, DataViewSchema.Column column, char separator) : Cell<T>(column, separator)
    {
        private readonly ValueGetter<VBuffer<T>> _getter = row.GetGetter<VBuffer<T>>(column);
        private VBuffer<T> _value;

        public override Values Read()
        {
            _getter(ref _value);
            string none = Default;
            return new Values(_value.Length, none,
                _value.Items().Select(item => (item.Key, Text: TextOf(item.Value))).Where(item => item.Text != none).ToList());
        }
    }
}
