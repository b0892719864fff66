namespace ApiCheck;

/// <summary>Differences that are meant. One a line: the printed difference, then <c> # </c> and the reason.</summary>
internal sealed class AllowList
{
    private readonly Dictionary<string, bool> _used;

    private AllowList(IEnumerable<string> lines)
        => _used = lines.ToDictionary(line => line, _ => false);

    public IEnumerable<string> Unused => _used.Where(entry => !entry.Value).Select(entry => entry.Key);

    public static AllowList Default()
    {
        var beside = Path.Combine(AppContext.BaseDirectory, "allowed.txt");
        return File.Exists(beside) ? Read(beside) : new([]);
    }

    public static AllowList Read(string file)
    {
        var entries = new List<string>();
        foreach (var line in File.ReadLines(file).Select(l => l.Trim()).Where(l => l.Length > 0 && !l.StartsWith('#')))
        {
            var reason = line.IndexOf(" # ", StringComparison.Ordinal);
            if (reason < 0) throw new FormatException($"'{line}' in '{file}' gives no reason: write the difference, then ' # ' and why it is meant.");
            entries.Add(line[..reason].TrimEnd());
        }
        return new(entries);
    }

    public bool Contains(string defect)
    {
        if (!_used.ContainsKey(defect)) return false;
        return _used[defect] = true;
    }
}
