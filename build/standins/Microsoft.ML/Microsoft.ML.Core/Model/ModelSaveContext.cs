using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>One Model.key being written: <see cref="ICanSaveModel.Save"/> gives it a header and writes to <see cref="Writer"/>.</summary>
public sealed class ModelSaveContext : IDisposable
{
    internal readonly RepositoryWriter Repository;

    /// <summary>The directory in the archive, null for the root.</summary>
    internal readonly string Directory;

    internal readonly BinaryWriter Writer;

    private readonly List<string> _strings = [];
    private readonly Dictionary<string, int> _idOfString = [];
    private readonly long _start;
    private ModelHeader _header;
    private string _loaderAssemblyName;

    internal ModelSaveContext(RepositoryWriter repository, string directory, string name)
    {
        Contracts.CheckValue(repository, nameof(repository));
        Repository = repository;
        Directory = directory;
        Writer = new BinaryWriter(repository.CreateEntry(directory, name), Encoding.UTF8);
        ModelHeader.BeginWrite(Writer, out _start, out _header);
    }

    internal void CheckAtModel() => Repository.ExceptionContext.Check(Writer.BaseStream.Position == _start + _header.FpModel);

    internal void SetVersionInfo(VersionInfo ver)
    {
        _header.SetVersionInfo(ver);
        _loaderAssemblyName = ver.LoaderAssemblyName;
    }

    /// <summary>Writes the number of a string that the header's table will hold.</summary>
    internal void SaveString(string text)
    {
        Contracts.CheckValue(text, nameof(text));
        if (!_idOfString.TryGetValue(text, out int id))
        {
            id = _strings.Count;
            _idOfString.Add(text, id);
            _strings.Add(text);
        }

        Writer.Write(id);
    }

    internal void SaveNonEmptyString(string text) => SaveString(Contracts.CheckNonEmpty(text, nameof(text)));

    internal void SaveStringOrNull(string text)
    {
        if (text == null)
            Writer.Write(-1);
        else
            SaveString(text);
    }

    /// <summary>Saves a part as a directory below this one.</summary>
    internal void SaveModel<T>(T value, string name) where T : class => SaveModel(Repository, value, RepositoryWriter.PathOf(Directory, name));

    internal static void SaveModel<T>(RepositoryWriter repository, T value, string directory) where T : class
    {
        if (value is ICanSaveModel savable)
            SaveSubModel(repository, directory, savable.Save);
    }

    internal void SaveSubModel(string directory, Action<ModelSaveContext> save)
        => SaveSubModel(Repository, RepositoryWriter.PathOf(Directory, directory), save);

    /// <summary>Writes a further entry into this directory.</summary>
    internal void SaveBinaryStream(string name, Action<BinaryWriter> action)
    {
        using var writer = new BinaryWriter(Repository.CreateEntry(Directory, name), Encoding.UTF8);
        action(writer);
    }

    internal void Done()
    {
        Repository.ExceptionContext.Check(_header.ModelSignature != 0, "ModelSignature not specified!");
        _header.EndWrite(Writer, _start, _strings, _loaderAssemblyName);
        Dispose();
    }

    public void Dispose() => Writer.Dispose();

    private static void SaveSubModel(RepositoryWriter repository, string directory, Action<ModelSaveContext> save)
    {
        using var context = new ModelSaveContext(repository, directory, ModelLoadContext.ModelStreamName);
        save(context);
        context.Done();
    }
}
