using System.Text;

namespace Microsoft.ML.Data;

/// <summary>
/// Splits lines into fields by ML.NET's rules: spaces before a field do not count (unless a space separates), a quoted field
/// with anything but spaces behind it is empty, and empty fields are not listed.
/// </summary>
internal sealed class FieldSplitter(TextFormat format, int inputSize, int lastNeeded)
{
    private readonly System.Buffers.SearchValues<char> _separators = System.Buffers.SearchValues.Create(format.Separators);
    private readonly bool _spaceSeparates = format.Separators.Contains(' ');
    private readonly StringBuilder _quoted = new();
    private readonly List<int> _indices = [];
    private readonly List<ReadOnlyMemory<char>> _fields = [];

    // The field being read.
    private ReadOnlyMemory<char> _line;
    private int _next;
    private int _sparseIndex;
    private ReadOnlyMemory<char> _field;

    /// <summary>Lines whose format is wrong somewhere.</summary>
    public long Errors { get; private set; }

    public int Count => _fields.Count;

    public ReadOnlyMemory<char> this[int place] => _fields[place];

    public int IndexAt(int place) => _indices[place];

    /// <summary>The first place in the list whose field has at least this index in the line.</summary>
    public int PlaceOf(int index)
    {
        // Without empty fields, place and index agree.
        if (index < _indices.Count && _indices[index] == index)
            return index;
        int place = _indices.BinarySearch(index);
        return place < 0 ? ~place : place;
    }

    /// <summary>Lists the fields, as far as they are needed; returns how many the line has (as far as it was read).</summary>
    public int Split(ReadOnlyMemory<char> line)
    {
        _indices.Clear();
        _fields.Clear();
        _line = format.TrimWhitespace ? line.TrimEnd() : line;
        _next = 0;
        return format.AllowSparse ? SplitSparse() : SplitDense();
    }

    private int SplitDense()
    {
        int count = 0;
        bool more = true;
        while (more && count <= lastNeeded)
        {
            more = Read();
            if (!_field.IsEmpty || format.MissingRealsAsNaNs)
                Add(count);
            count++;
        }

        return count;
    }

    /// <summary>Fields, then perhaps a count and "index:value" fields whose indexes count from there.</summary>
    private int SplitSparse()
    {
        int count = 0, first = -1, previous = -1, size = inputSize;
        for (bool more = true; more;)
        {
            // One field more than needed: it may turn out to be the count.
            if (first < 0 && count > lastNeeded + 1)
                break;
            more = Read();
            if (_sparseIndex < 0)
            {
                if (first >= 0)
                {
                    Errors++;
                    break;
                }

                if (!_field.IsEmpty)
                    Add(count);
                count++;
                continue;
            }

            if (first < 0 && !TryStartSparse(count, ref first, ref size) || _sparseIndex <= previous || _sparseIndex >= size - first)
            {
                Errors++;
                break;
            }

            previous = _sparseIndex;
            if (!_field.IsEmpty && first + _sparseIndex <= lastNeeded)
                Add(first + _sparseIndex);
        }

        return first < 0 ? Math.Max(count, inputSize) : size;
    }

    /// <summary>Takes the last field as the number of sparse items, unless the size is known.</summary>
    private bool TryStartSparse(int count, ref int first, ref int size)
    {
        if (size > 0)
        {
            first = _fields.Count;
            return true;
        }

        if (_fields.Count == 0 || _indices[^1] != count - 1 || !int.TryParse(_fields[^1].Span, out int items) || items <= 0)
            return false;
        first = _indices[^1];
        size = (int)Math.Min(first + (long)items, int.MaxValue - 1);
        _indices.RemoveAt(_indices.Count - 1);
        _fields.RemoveAt(_fields.Count - 1);
        return true;
    }

    private void Add(int index)
    {
        _indices.Add(index);
        _fields.Add(_field);
    }

    /// <summary>Reads one field; false if it was the last.</summary>
    private bool Read()
    {
        var line = _line.Span;
        _sparseIndex = -1;
        SkipSpaces(line);
        if (format.AllowSparse && _next < line.Length && char.IsAsciiDigit(line[_next]))
            ReadSparseIndex(line);
        if (format.AllowQuoting && _next < line.Length && line[_next] == '"')
        {
            ReadQuoted(line);
        }
        else
        {
            int length = line[_next..].IndexOfAny(_separators);
            if (length < 0)
                length = line.Length - _next;
            _field = _line.Slice(_next, length);
            _next += length;
        }

        return _next++ < line.Length;
    }

    private void SkipSpaces(ReadOnlySpan<char> line)
    {
        while (!_spaceSeparates && _next < line.Length && line[_next] == ' ')
            _next++;
    }

    private void ReadSparseIndex(ReadOnlySpan<char> line)
    {
        int digits = line[_next..].IndexOfAnyExceptInRange('0', '9');
        if (digits is < 1 or > 9 || line[_next + digits] != ':')
            return;
        _sparseIndex = int.Parse(line.Slice(_next, digits));
        _next += digits + 1;
        SkipSpaces(line);
    }

    private void ReadQuoted(ReadOnlySpan<char> line)
    {
        bool closed = format.EscapeChar == '"' ? ReadDoubledQuotes(line) : ReadEscapedQuotes(line);
        int tail = line[_next..].IndexOfAny(_separators);
        var rest = tail < 0 ? line[_next..] : line.Slice(_next, tail);
        _next += rest.Length;
        bool wrong = !closed || rest.ContainsAnyExcept(' ');
        if (wrong)
            Errors++;
        _field = wrong || _quoted.Length == 0 ? default : _quoted.ToString().AsMemory();
    }

    /// <summary>Two quotation marks stand for one.</summary>
    private bool ReadDoubledQuotes(ReadOnlySpan<char> line)
    {
        _quoted.Clear();
        for (_next++; ; _next++)
        {
            int length = line[_next..].IndexOf('"');
            if (length < 0)
            {
                _quoted.Append(line[_next..]);
                _next = line.Length;
                return false;
            }

            _quoted.Append(line.Slice(_next, length));
            _next += length + 1;
            if (_next >= line.Length || line[_next] != '"')
                return true;
            _quoted.Append('"');
        }
    }

    /// <summary>The escape character makes a quotation mark an ordinary one; before others it stays and hides nothing but the next.</summary>
    private bool ReadEscapedQuotes(ReadOnlySpan<char> line)
    {
        _quoted.Clear();
        for (_next++; _next < line.Length; _next++)
        {
            char c = line[_next];
            if (c == '"')
            {
                _next++;
                return true;
            }

            if (c == format.EscapeChar && _next + 1 < line.Length)
            {
                if (line[++_next] != '"')
                    _quoted.Append(c);
                c = line[_next];
            }

            _quoted.Append(c);
        }

        return false;
    }
}
