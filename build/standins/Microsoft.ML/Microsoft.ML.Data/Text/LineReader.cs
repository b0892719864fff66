using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// Reads the rows of several files one after the other: no empty lines, no comments ("//"; "#" before the first line), and
/// no header lines, one of which every file then has.
/// </summary>
internal sealed class LineReader(IMultiStreamSource files, TextFormat format, bool hasHeader, long maxRows) : IDisposable
{
    private readonly System.Buffers.SearchValues<char> _separators = System.Buffers.SearchValues.Create(format.Separators);
    private readonly bool _spaceSeparates = format.Separators.Contains(' ');
    private TextReader _reader;
    private int _file = -1;
    private bool _atStart;
    private long _rows;

    /// <summary>Of the last row, 1-based in its file.</summary>
    public long LineNumber { get; private set; }

    /// <summary>The next row, or null after the last.</summary>
    public string Next()
    {
        if (_rows >= maxRows)
            return null;
        try
        {
            while (_reader != null || OpenNext())
            {
                var line = ReadLine();
                if (line == null)
                {
                    _reader.Dispose();
                    _reader = null;
                    continue;
                }

                LineNumber++;
                if (line.Length == 0 || line.StartsWith("//", StringComparison.Ordinal) || _atStart && line[0] == '#')
                    continue;
                bool isHeader = _atStart && hasHeader;
                _atStart = false;
                if (isHeader)
                    continue;
                _rows++;
                return line;
            }
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw Contracts.ExceptDecode("Stream reading encountered exception", ex);
        }

        return null;
    }

    public void Dispose() => _reader?.Dispose();

    private bool OpenNext()
    {
        if (_file + 1 >= files.Count)
            return false;
        _reader = files.OpenTextReader(++_file);
        _atStart = true;
        LineNumber = 0;
        return true;
    }

    private string ReadLine()
    {
        var line = _reader.ReadLine();
        if (!format.ReadMultilines || string.IsNullOrEmpty(line) || line.StartsWith("//", StringComparison.Ordinal) || _atStart && line[0] == '#')
            return line;
        bool open = EndsInQuotes(line, false);
        if (!open)
            return line;
        var all = new StringBuilder(line);
        while (open)
        {
            line = _reader.ReadLine() ?? throw new EndOfStreamException($"A quoted field opened on line {LineNumber} was never closed, "
                + "and we've read to the last line in the file without finding the closing quote");
            all.Append('\n').Append(line);
            open = EndsInQuotes(line, true);
        }

        return all.ToString();
    }

    /// <summary>Whether a quoted field is still open at the end of the line.</summary>
    private bool EndsInQuotes(ReadOnlySpan<char> line, bool open)
    {
        while (true)
        {
            if (!open)
            {
                if (!_spaceSeparates)
                    line = line.TrimStart(' ');
                open = line.StartsWith("\"");
                if (open)
                    line = line[1..];
            }

            if (open)
            {
                int end = EndOfQuotes(line);
                if (end < 0)
                    return true;
                line = _spaceSeparates ? line[end..] : line[end..].TrimStart(' ');
                open = false;
                // With something behind it the quoted field is an error, and the line ends here.
                if (line.IndexOfAny(_separators) != 0)
                    return false;
            }

            int separator = line.IndexOfAny(_separators);
            if (separator < 0)
                return false;
            line = line[(separator + 1)..];
        }
    }

    /// <summary>The place after the closing quotation mark, or -1.</summary>
    private int EndOfQuotes(ReadOnlySpan<char> line)
    {
        for (int i = 0; i < line.Length; i++)
        {
            if (format.EscapeChar != '"' && line[i] == format.EscapeChar)
                i++;
            else if (line[i] == '"' && format.EscapeChar == '"' && i + 1 < line.Length && line[i + 1] == '"')
                i++;
            else if (line[i] == '"')
                return i + 1;
        }

        return -1;
    }
}
