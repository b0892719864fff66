using System.Reflection;
using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>The signature of constructors and Create methods that load a component.</summary>
internal delegate void SignatureLoadModel(ModelLoadContext ctx);

/// <summary>One Model.key being read.</summary>
internal sealed class ModelLoadContext : IDisposable
{
    public const string ModelStreamName = "Model.key";

    public readonly RepositoryReader Repository;
    public readonly string Directory;
    public readonly BinaryReader Reader;
    public readonly string[] Strings;
    public readonly string LoaderAssemblyName;

    private readonly long _start;
    private readonly ModelHeader _header;

    internal ModelLoadContext(RepositoryReader repository, Stream entry, string directory)
    {
        Repository = repository;
        Directory = directory;
        Reader = new BinaryReader(entry, Encoding.UTF8);
        ModelHeader.BeginRead(Reader, out _start, out _header, out Strings, out LoaderAssemblyName);
    }

    public void CheckAtModel() => Repository.ExceptionContext.Check(Reader.BaseStream.Position == _start + _header.FpModel);

    public void CheckAtModel(VersionInfo ver)
    {
        CheckAtModel();
        CheckVersionInfo(ver);
    }

    public void CheckVersionInfo(VersionInfo ver) => _header.CheckVersionInfo(ver);

    public string LoadStringOrNull()
    {
        int id = Reader.ReadInt32();
        Contracts.CheckDecode(-1 <= id && id < Strings.Length);
        return id < 0 ? null : Strings[id];
    }

    public string LoadString()
    {
        var text = LoadStringOrNull();
        Contracts.CheckDecode(text != null);
        return text;
    }

    public string LoadNonEmptyString()
    {
        var text = LoadString();
        Contracts.CheckDecode(text.Length > 0);
        return text;
    }

    /// <summary>Loads a part that was saved as a directory below this one.</summary>
    public void LoadModel<TRes, TSig>(IHostEnvironment env, out TRes result, string name, params object[] extra) where TRes : class
        => LoadModel<TRes, TSig>(env, out result, Repository, RepositoryWriter.PathOf(Directory, name), extra);

    public bool LoadModelOrNull<TRes, TSig>(IHostEnvironment env, out TRes result, string name, params object[] extra) where TRes : class
        => LoadModelOrNull<TRes, TSig>(env, out result, Repository, RepositoryWriter.PathOf(Directory, name), extra);

    public static void LoadModel<TRes, TSig>(IHostEnvironment env, out TRes result, RepositoryReader repository, string directory, params object[] extra)
        where TRes : class
    {
        if (!LoadModelOrNull<TRes, TSig>(env, out result, repository, directory, extra))
            throw env.ExceptDecode("Corrupt model file");
    }

    /// <summary>False if the archive has no such directory.</summary>
    public static bool LoadModelOrNull<TRes, TSig>(IHostEnvironment env, out TRes result, RepositoryReader repository, string directory, params object[] extra)
        where TRes : class
    {
        result = null;
        using var entry = repository.OpenEntryOrNull(directory, ModelStreamName);
        if (entry == null)
            return false;
        using var context = new ModelLoadContext(repository, entry, directory);
        result = context.Create<TRes, TSig>(env, extra) ?? throw env.ExceptDecode($"Couldn't load model: '{directory}'");
        return true;
    }

    public bool TryLoadBinaryStream(string name, Action<BinaryReader> action)
    {
        using var entry = Repository.OpenEntryOrNull(Directory, name);
        if (entry == null)
            return false;
        using var reader = new BinaryReader(entry, Encoding.UTF8);
        action(reader);
        return true;
    }

    public void Dispose() => Reader.Dispose();

    /// <summary>Finds the class by the names in the header and lets it read the rest; null if no class of this kind is found.</summary>
    private TRes Create<TRes, TSig>(IHostEnvironment env, object[] extra) where TRes : class
    {
        if (!string.IsNullOrEmpty(LoaderAssemblyName))
            env.ComponentCatalog.RegisterAssembly(Assembly.Load(LoaderAssemblyName));
        string name = _header.LoaderSignature;
        if (string.IsNullOrWhiteSpace(name)
            || !ComponentCatalog.TryCreateInstance<object, TSig>(env, out var instance, name, [this, .. extra])
            || instance is not TRes result)
            return null;
        _header.EndRead(Reader, _start);
        return result;
    }
}
