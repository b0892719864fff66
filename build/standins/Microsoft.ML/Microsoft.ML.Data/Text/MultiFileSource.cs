using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Files, read one after the other; paths may have wildcards, "..." for all folders below, and "+" between several.</summary>
public sealed class MultiFileSource : IMultiStreamSource
{
    private readonly string[] _paths;

    public MultiFileSource(params string[] paths)
    {
        if (paths == null || paths is [null])
        {
            _paths = [];
            return;
        }

        var found = paths.SelectMany(Expand).ToArray();
        _paths = found.Length > 0 ? found : paths;
    }

    public int Count => _paths.Length;

    public string GetPathOrNull(int index)
    {
        Contracts.CheckParam(0 <= index && index < Count, nameof(index));
        return _paths[index];
    }

    public Stream Open(int index)
    {
        Contracts.CheckParam(0 <= index && index < Count, nameof(index));
        try
        {
            return new FileStream(_paths[index], FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception ex)
        {
            throw new IOException($"Could not open file '{_paths[index]}'. Error is: {ex.Message}", ex);
        }
    }

    public TextReader OpenTextReader(int index) => new StreamReader(Open(index));

    /// <summary>The existing files that a path names.</summary>
    internal static string[] Expand(string path)
    {
        if (!path.Contains('+'))
            return ExpandOne(path);
        return path.Split('+', StringSplitOptions.RemoveEmptyEntries).SelectMany(ExpandOne).ToArray();
    }

    private static string[] ExpandOne(string path)
    {
        int dots = path.IndexOf("...", StringComparison.Ordinal);
        if (dots < 0 && path.IndexOfAny(['*', '?']) < 0)
            return File.Exists(path) ? [path] : [];
        string folder = dots < 0 ? Path.GetDirectoryName(path) : path[..dots];
        string pattern = dots < 0 ? Path.GetFileName(path) : path[(dots + 3)..].TrimStart('\\', '/');
        var depth = dots < 0 ? SearchOption.TopDirectoryOnly : SearchOption.AllDirectories;
        bool here = string.IsNullOrEmpty(folder);
        folder = here ? "." : folder;
        if (!Directory.Exists(folder))
            return [];
        return Directory.GetFiles(folder, pattern.Length == 0 ? "*" : pattern, depth).Order(StringComparer.CurrentCulture)
            .Select(file => here && file.StartsWith("./") ? file[2..] : file).ToArray();
    }
}
