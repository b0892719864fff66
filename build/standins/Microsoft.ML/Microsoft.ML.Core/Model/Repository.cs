using System.IO.Compression;
using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Writes a model's zip archive; every entry is gathered in memory, because its header is written last.</summary>
internal sealed class RepositoryWriter : IDisposable
{
    private readonly ZipArchive _archive;
    private readonly HashSet<string> _paths = [];

    public RepositoryWriter(Stream stream, IExceptionContext context = null)
    {
        ExceptionContext = context;
        _archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        using var version = new StreamWriter(CreateEntry("TrainingInfo", "Version.txt"));
        version.WriteLine(typeof(RepositoryWriter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>().InformationalVersion);
    }

    public IExceptionContext ExceptionContext { get; }

    /// <summary>A stream whose content becomes the entry when it is disposed.</summary>
    public Stream CreateEntry(string directory, string name)
    {
        string path = PathOf(directory, name);
        ExceptionContext.CheckParam(_paths.Add(path), nameof(name), $"Duplicate entry: '{path}'");
        return new Entry(_archive, path);
    }

    public void Dispose() => _archive.Dispose();

    /// <summary>Joins a directory (null is the root) and a name.</summary>
    public static string PathOf(string directory, string name)
    {
        Contracts.CheckParam(directory == null || !directory.Contains(".."), nameof(directory));
        Contracts.CheckParam(!string.IsNullOrWhiteSpace(name) && !name.Contains(".."), nameof(name));
        return string.IsNullOrEmpty(directory) ? name : directory + "/" + name;
    }

    private sealed class Entry(ZipArchive archive, string path) : MemoryStream
    {
        protected override void Dispose(bool disposing)
        {
            if (disposing && CanRead)
            {
                using var target = archive.CreateEntry(path).Open();
                WriteTo(target);
            }

            base.Dispose(disposing);
        }
    }
}

/// <summary>Reads a model's zip archive.</summary>
internal sealed class RepositoryReader : IDisposable
{
    private readonly ZipArchive _archive;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = [];

    public RepositoryReader(Stream stream, IExceptionContext context = null)
    {
        ExceptionContext = context;
        try
        {
            _archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            foreach (var entry in _archive.Entries)
                _entries[entry.FullName.Replace('\\', '/')] = entry;
        }
        catch (Exception ex) when (ex is InvalidDataException or IOException)
        {
            throw context.ExceptDecode("Failed to open a zip archive", ex);
        }
    }

    public IExceptionContext ExceptionContext { get; }

    /// <summary>The whole entry in a stream that can seek, or null.</summary>
    public Stream OpenEntryOrNull(string directory, string name)
    {
        if (!_entries.TryGetValue(RepositoryWriter.PathOf(directory, name), out var entry))
            return null;
        using var source = entry.Open();
        var copy = new MemoryStream();
        source.CopyTo(copy);
        copy.Position = 0;
        return copy;
    }

    public void Dispose() => _archive.Dispose();
}
