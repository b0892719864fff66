using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Holds the value of one column of the current row.</summary>
internal abstract class TextCell
{
    public abstract Delegate Getter { get; }

    /// <summary>Takes the value from the fields of a line; returns how many of them were no values.</summary>
    public abstract int Read(FieldSplitter fields, int count, long line);

    public static TextCell Create(TextColumn column, TextFormat format)
        => ((Func<TextColumn, TextFormat, TextCell>)Create<int>).CallFor<TextCell>(column.ItemType.RawType, column, format);

    private static TextCell Create<T>(TextColumn column, TextFormat format) => column.Type is VectorDataViewType ? new Vector<T>(column, format) : new Scalar<T>(column, format);

    /// <summary>What both kinds share: the parser and what to do with text that it refuses.</summary>
    private abstract class Cell<T>(TextColumn column, TextFormat format) : TextCell
    {
        protected readonly bool EmptyIsMissing = format.MissingRealsAsNaNs && (typeof(T) == typeof(float) || typeof(T) == typeof(double));
        private readonly TryParser<T> _parse = TextParsing.For<T>(column.ItemType, format.Numbers);
        private readonly bool _hasMissing = Conversions.HasMissingValue(column.ItemType);

        protected TextColumn Column => column;

        protected T Parse(ReadOnlyMemory<char> text, int slot, long line, ref int bad)
        {
            if (!_parse(text, out var value))
            {
                if (!_hasMissing)
                {
                    throw Contracts.Except(slot < 0
                        ? $"Could not parse value {text} in line {line}, column {column.Name}"
                        : $"Could not parse value {text} in slot {slot} of column {column.Name} in line {line}");
                }

                bad++;
            }

            return value;
        }
    }

    private sealed class Scalar<T> : Cell<T>
    {
        private readonly int _field;
        private T _value;

        public Scalar(TextColumn column, TextFormat format) : base(column, format)
        {
            _field = column.LastField;
            Getter = (ValueGetter<T>)((ref T value) => value = _value);
        }

        public override Delegate Getter { get; }

        public override int Read(FieldSplitter fields, int count, long line)
        {
            int bad = 0;
            int place = fields.PlaceOf(_field);
            if (place < fields.Count && fields.IndexAt(place) == _field)
                _value = Parse(fields[place], -1, line, ref bad);
            else
                _value = EmptyIsMissing ? Conversions.MissingOrDefault<T>() : default;
            return bad;
        }
    }

    /// <summary>Empty fields are not stored: a vector with few others is sparse.</summary>
    private sealed class Vector<T> : Cell<T>
    {
        private readonly List<int> _slots = [];
        private readonly List<T> _values = [];
        private int _size;

        public Vector(TextColumn column, TextFormat format) : base(column, format) => Getter = (ValueGetter<VBuffer<T>>)Get;

        public override Delegate Getter { get; }

        public override int Read(FieldSplitter fields, int count, long line)
        {
            int bad = 0;
            _slots.Clear();
            _values.Clear();
            _size = Column.SizeIn(count);
            foreach (var (min, end, start) in Column.SegmentsIn(count))
            {
                int next = min;
                for (int place = fields.PlaceOf(min); place < fields.Count && fields.IndexAt(place) < end; place++)
                {
                    int slot = start + fields.IndexAt(place) - min;
                    Add(slot, Parse(fields[place], slot, line, ref bad));
                    next = fields.IndexAt(place) + 1;
                }

                // Fields that the line is too short for.
                for (; EmptyIsMissing && next < end; next++)
                    Add(start + next - min, Conversions.MissingOrDefault<T>());
            }

            return bad;
        }

        private void Add(int slot, T value)
        {
            _slots.Add(slot);
            _values.Add(value);
        }

        private void Get(ref VBuffer<T> destination)
        {
            bool sparse = _values.Count < _size && _values.Count <= _size / 2;
            var editor = VBufferEditor.Create(ref destination, _size, sparse ? _values.Count : _size);
            if (sparse)
            {
                _values.CopyTo(editor.Values);
                _slots.CopyTo(editor.Indices);
            }
            else
            {
                if (_values.Count < _size)
                    editor.Values.Clear();
                for (int i = 0; i < _values.Count; i++)
                    editor.Values[_slots[i]] = _values[i];
            }

            destination = editor.Commit();
        }
    }
}
