using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Options written at the head of a file, as <c>SaveAsText</c> does: "#@ TextLoader{ header+ sep=tab col=Age:R4:0 … #@ }".</summary>
internal static partial class EmbeddedOptions
{
    private static readonly (string Name, DataKind Kind)[] s_kinds =
    [
        ("I1", DataKind.SByte), ("U1", DataKind.Byte), ("I2", DataKind.Int16), ("U2", DataKind.UInt16), ("I4", DataKind.Int32), ("U4", DataKind.UInt32),
        ("I8", DataKind.Int64), ("U8", DataKind.UInt64), ("R4", DataKind.Single), ("R8", DataKind.Double), ("TX", DataKind.String), ("BL", DataKind.Boolean),
        ("TS", DataKind.TimeSpan), ("DT", DataKind.DateTime), ("DZ", DataKind.DateTimeOffset),
    ];

    private static readonly (string Name, char Character)[] s_separators =
        [("tab", '\t'), ("space", ' '), ("comma", ','), ("colon", ':'), ("semicolon", ';'), ("bar", '|')];

    public static string NameOf(DataKind kind) => s_kinds.First(k => k.Kind == kind).Name;

    public static string NameOf(char separator) => s_separators.FirstOrDefault(s => s.Character == separator).Name ?? separator.ToString();

    /// <summary>The options in the first file, or null. Options that say anything else win over them.</summary>
    public static TextLoader.Options Find(IHost host, IMultiStreamSource files, TextLoader.Options own)
    {
        string text = Read(files);
        if (string.IsNullOrWhiteSpace(text))
            return null;
        if (!IsDefault(own))
        {
            using var channel = host.Start("Parsing options from file");
            channel.Warning(MessageSensitivity.None, "Arguments cannot be embedded in the file and in the command line. The embedded arguments will be ignored");
            return null;
        }

        var match = Loader().Match(text);
        var options = new TextLoader.Options { UseThreads = own.UseThreads, HeaderFile = own.HeaderFile, MaxRows = own.MaxRows };
        if (!match.Success || !TryParse(match.Groups[1].Value, options))
            throw host.Except("TextLoader options embedded in the file are invalid");
        return options;
    }

    [GeneratedRegex(@"^\s*(?:loader\s*=\s*)?Text(?:Loader)?\s*\{(.*)\}\s*$", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Loader();

    /// <summary>name=value, name={value}, name+ or name-.</summary>
    [GeneratedRegex(@"(\w+)(?:([+-])(?=\s|$)|\s*=\s*(?:\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}|(\S+)))\s*")]
    private static partial Regex Item();

    private static string Read(IMultiStreamSource files)
    {
        if (files.Count == 0)
            return null;
        using var reader = files.OpenTextReader(0);
        var parts = new List<string>();
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line.StartsWith("//", StringComparison.Ordinal))
                continue;
            if (line[0] != '#')
                break;
            if (line.Length > 2 && line[1] == '@')
                parts.Add(line[2..].Trim());
        }

        return string.Join(' ', parts);
    }

    private static bool IsDefault(TextLoader.Options options)
        => options is { AllowQuoting: false, AllowSparse: false, InputSize: null, DecimalMarker: '.', TrimWhitespace: false, HasHeader: false,
            ReadMultilines: false, EscapeChar: '"', MissingRealsAsNaNs: false, Separators: ['\t'] };

    private static bool TryParse(string text, TextLoader.Options options)
    {
        var columns = new List<TextLoader.Column>();
        int end = text.Length - text.TrimStart().Length;
        foreach (Match item in Item().Matches(text))
        {
            if (item.Index != end)
                return false;
            end = item.Index + item.Length;
            string value = item.Groups[3].Success ? item.Groups[3].Value : item.Groups[4].Value;
            bool flag = item.Groups[2].Value != "-";
            switch (item.Groups[1].Value.ToLowerInvariant())
            {
                case "header" or "hasheader": options.HasHeader = flag; break;
                case "quote" or "allowquoting": options.AllowQuoting = flag; break;
                case "sparse" or "allowsparse": options.AllowSparse = flag; break;
                case "trim" or "trimwhitespace": options.TrimWhitespace = flag; break;
                case "multilines" or "readmultilines": options.ReadMultilines = flag; break;
                case "missingrealnan" or "missingrealsasnans": options.MissingRealsAsNaNs = flag; break;
                case "threads" or "usethreads": break;
                case "sep" or "separator": options.Separators = SeparatorsOf(value); break;
                case "decimal" when value.Length == 1: options.DecimalMarker = value[0]; break;
                case "escapechar" when value.Length == 1: options.EscapeChar = value[0]; break;
                case "size" or "inputsize" when int.TryParse(value, out int size): options.InputSize = size; break;
                case "col" or "column":
                    var column = item.Groups[3].Success ? ParseLong(value) : ParseShort(value);
                    if (column == null)
                        return false;
                    columns.Add(column);
                    break;
                default: return false;
            }
        }

        options.Columns = columns.ToArray();
        return end == text.Length && columns.Count > 0;
    }

    private static char[] SeparatorsOf(string text)
        => text == "," ? [','] : text.ToLowerInvariant().Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(part => s_separators.FirstOrDefault(s => s.Name == part) is { Name: not null } known ? known.Character : part[0]).ToArray();

    /// <summary>name:type:ranges or name:ranges.</summary>
    private static TextLoader.Column ParseShort(string text)
    {
        var parts = text.Split(':');
        if (parts.Length is < 2 or > 3 || string.IsNullOrWhiteSpace(parts[0]))
            return null;
        var column = new TextLoader.Column { Name = parts[0] };
        if (parts.Length == 3 && !TryParseType(parts[1], column))
            return null;
        column.Source = ParseRanges(parts[^1].Split(','));
        return column.Source == null ? null : column;
    }

    /// <summary>{name=… type=… src=… key={count=…}}, as written for a name that needs quoting.</summary>
    private static TextLoader.Column ParseLong(string text)
    {
        var column = new TextLoader.Column();
        var ranges = new List<string>();
        foreach (Match item in Item().Matches(text))
        {
            string value = item.Groups[3].Success ? item.Groups[3].Value : item.Groups[4].Value;
            switch (item.Groups[1].Value.ToLowerInvariant())
            {
                case "name": column.Name = value; break;
                case "type": if (!TryParseType(value, column)) return null; break;
                case "src" or "source": ranges.Add(value); break;
                case "key": column.KeyCount = ParseKey(value.Replace("count=", "")); break;
                default: return null;
            }
        }

        column.Source = ParseRanges(ranges);
        return column.Name == null || column.Source is not { Length: > 0 } ? null : column;
    }

    private static bool TryParseType(string text, TextLoader.Column column)
    {
        int bracket = text.IndexOf('[');
        string name = bracket < 0 ? text : text[..bracket];
        var known = s_kinds.FirstOrDefault(k => k.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (known.Name == null && !Enum.TryParse(name, true, out known.Kind))
            return false;
        column.DataKind = known.Kind;
        if (bracket >= 0)
            column.KeyCount = ParseKey(text[(bracket + 1)..].TrimEnd(']'));
        return true;
    }

    private static KeyCount ParseKey(string text) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong count) ? new KeyCount(count) : new KeyCount();

    private static TextLoader.Range[] ParseRanges(IEnumerable<string> texts)
    {
        var ranges = texts.Select(ParseRange).ToArray();
        return ranges.Contains(null) ? null : ranges;
    }

    /// <summary>3, 3-5, 3-* (to the end), 3-** (to the end of each line), with ~ instead of - for what no other range names.</summary>
    private static TextLoader.Range ParseRange(string text)
    {
        int dash = text.IndexOfAny(['-', '~']);
        if (dash < 0)
            return int.TryParse(text, out int index) ? new TextLoader.Range { Min = index, Max = index } : null;
        var range = new TextLoader.Range { AllOther = text[dash] == '~', ForceVector = true };
        if (dash == 0 ? !range.AllOther : !int.TryParse(text[..dash], out range.Min))
            return null;
        string rest = text[(dash + 1)..];
        if (rest is "" or "*")
            range.AutoEnd = true;
        else if (rest == "**")
            range.VariableEnd = true;
        else if (int.TryParse(rest, out int max))
            range.Max = max;
        else
            return null;
        return range;
    }
}
