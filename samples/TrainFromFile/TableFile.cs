using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace TrainFromFile;

/// <summary>A text file and what was found out about it.</summary>
internal sealed record TableFile
{
    private const int SampleLines = 10_000;
    private static readonly char[] _candidates = [',', '\t', ';', '|', ' '];

    public required string FilePath { get; init; }

    public required char Separator { get; init; }

    public required bool HasHeader { get; init; }

    public required IReadOnlyList<TableColumn> Columns { get; init; }

    public required TableColumn Label { get; init; }

    public IEnumerable<TableColumn> Features => Columns.Where(c => c != Label && c.Kind != ColumnKind.Ignored);

    /// <exception cref="SampleException">The file cannot be read, or is no table with such a label.</exception>
    public static TableFile Inspect(CommandLine command)
    {
        var lines = Lines(command.Dataset);
        var separator = command.Separator ?? FindSeparator(command.Dataset, lines);
        var rows = lines.Select(l => Split(l, separator)).ToList();
        var ragged = rows.FindIndex(r => r.Count != rows[0].Count);
        if (ragged >= 0)
        {
            throw Bad($"Line {ragged + 1} of '{command.Dataset}' has {rows[ragged].Count} values, but the first line has {rows[0].Count}. The separator is taken to be {Words(separator)}; --separator names another.");
        }

        var hasHeader = command.HasHeader ?? LooksLikeHeader(rows);
        var names = hasHeader ? Distinct(rows[0]) : [.. rows[0].Select((_, i) => $"col{i}")];
        var data = hasHeader ? rows.Skip(1).ToList() : rows;
        if (data.Count < 10)
        {
            throw Bad($"'{command.Dataset}' has only {data.Count} rows{(hasHeader ? " below its header" : "")}; at least 10 are needed.");
        }

        var label = Find(command.Label, "--label-col", names, command.Dataset);
        var ignored = command.Ignored.Select(i => Find(i, "--ignore-cols", names, command.Dataset)).ToHashSet();
        if (ignored.Contains(label))
        {
            throw new SampleException(SampleException.BadUsage, $"The label column '{names[label]}' is also in --ignore-cols. Take it out of one of the two.");
        }

        var properties = Distinct([.. names.Select(CommandLine.Identifier)]);
        var columns = names.Select((name, i) => Column(i, name, [.. data.Select(r => r[i])], i == label, ignored.Contains(i), command.IsClassification) with { Property = properties[i] }).ToList();
        var table = new TableFile { FilePath = command.Dataset, Separator = separator, HasHeader = hasHeader, Columns = columns, Label = columns[label] };
        return table.Features.Any() ? table : throw Bad($"'{command.Dataset}' has no column to learn from besides the label:\n{string.Join("\n", columns.Where(c => c.Kind == ColumnKind.Ignored).Select(c => $"  '{c.Name}' is left out: {c.Why}."))}");
    }

    /// <summary>The columns that are used, read lazily from a file of this layout.</summary>
    public IDataView Load(MLContext context, string path) => context.Data.LoadFromTextFile(
        path,
        [.. Columns.Where(c => c.Kind != ColumnKind.Ignored).Select(c => new TextLoader.Column(c.Name, c.Kind == ColumnKind.Number ? DataKind.Single : DataKind.String, c.Index))],
        Separator, HasHeader, allowQuoting: true);

    public static string Words(char separator) => separator switch
    {
        '\t' => "tab",
        ' ' => "space",
        _ => $"'{separator}'",
    };

    private static TableColumn Column(int index, string name, List<string> values, bool isLabel, bool isIgnored, bool isClassification)
    {
        if (isIgnored)
        {
            return new TableColumn(index, name, ColumnKind.Ignored, "you said so");
        }

        if (!isLabel)
        {
            var (kind, why) = ColumnJudge.Judge(values);
            return new TableColumn(index, name, kind, why) { HasMissing = values.Exists(ColumnJudge.IsMissing) };
        }

        var classes = values.Where(v => !ColumnJudge.IsMissing(v)).Distinct(StringComparer.Ordinal).Count();
        if (classes < 2)
        {
            throw Bad($"The label column '{name}' holds {(classes == 0 ? "nothing" : "the same value in every row")}; there is nothing to learn.");
        }

        if (isClassification)
        {
            return new TableColumn(index, name, ColumnKind.Category, $"{classes} classes");
        }

        var strange = values.Find(v => !ColumnJudge.IsMissing(v) && !ColumnJudge.IsNumber(v));
        return strange is null
            ? new TableColumn(index, name, ColumnKind.Number, $"{classes} different numbers")
            : throw Bad($"The label column '{name}' holds '{strange}', which is no number. Use 'classification', or choose another column with --label-col.");
    }

    private static List<string> Lines(string path)
    {
        if (!File.Exists(path))
        {
            throw Bad($"There is no file '{path}'. Pass its path after --dataset.");
        }

        var lines = File.ReadLines(path).Where(l => l.Length > 0).Take(SampleLines).ToList();
        return lines.Count > 0 ? lines : throw Bad($"'{path}' is empty.");
    }

    private static char FindSeparator(string path, List<string> lines)
    {
        const int Looked = 200;
        var best = _candidates
            .Select(c => (Separator: c, Counts: lines.Take(Looked).Select(l => Split(l, c).Count).Distinct().ToList()))
            .Where(c => c.Counts is [> 1])
            .OrderByDescending(c => c.Counts[0])
            .ToList();
        return best.Count > 0 ? best[0].Separator : throw Bad($"No separator gives all lines of '{path}' the same number of values. Pass one with --separator.");
    }

    /// <summary>A line of names above at least one column of numbers, or names that occur nowhere below.</summary>
    private static bool LooksLikeHeader(List<List<string>> rows)
    {
        var first = rows[0];
        if (first.Exists(ColumnJudge.IsNumber) || first.Distinct().Count() < first.Count || rows.Count < 2)
        {
            return false;
        }

        return first.Select((_, i) => i).Any(i => rows.Skip(1).All(r => ColumnJudge.IsMissing(r[i]) || ColumnJudge.IsNumber(r[i])))
            || first.Select((name, i) => (name, i)).All(c => rows.Skip(1).All(r => r[c.i] != c.name));
    }

    /// <summary>The values of one line; a value in quotes may hold the separator.</summary>
    private static List<string> Split(string line, char separator)
    {
        var (values, value, quoted) = (new List<string>(), new StringBuilder(), false);
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '"' && (quoted || value.Length == 0))
            {
                if (quoted && i + 1 < line.Length && line[i + 1] == '"')
                {
                    value.Append(line[i++]);
                    continue;
                }

                quoted = !quoted;
            }
            else if (line[i] == separator && !quoted)
            {
                values.Add(value.ToString());
                value.Clear();
            }
            else
            {
                value.Append(line[i]);
            }
        }

        values.Add(value.ToString());
        return values;
    }

    private static int Find(string column, string option, List<string> names, string path)
    {
        var index = names.IndexOf(column);
        return index >= 0 ? index
            : int.TryParse(column, out index) && index >= 0 && index < names.Count ? index
            : throw new SampleException(SampleException.BadUsage, $"'{path}' has no column '{column}', which {option} names. Its columns are {string.Join(", ", names.Select(n => $"'{n}'"))}.");
    }

    private static List<string> Distinct(List<string> names)
    {
        var taken = new HashSet<string>();
        return [.. names.Select((name, i) => taken.Add(name) && name.Length > 0 ? name : $"{name}_{i}")];
    }

    private static SampleException Bad(string sentence) => new(SampleException.BadData, sentence);
}
