using System.Reflection;
using System.Runtime.InteropServices;

namespace ApiCheck;

/// <summary>Opens assemblies for reading only; what they refer to is looked up beside them, in the runtime, and in the package folder they lie in.</summary>
internal sealed class MetadataReader : MetadataAssemblyResolver
{
    private readonly List<string> _folders;
    private readonly string? _packages;

    private MetadataReader(IEnumerable<string> assemblies)
    {
        _folders = [.. assemblies.Select(a => Path.GetDirectoryName(Path.GetFullPath(a))!).Distinct(), RuntimeEnvironment.GetRuntimeDirectory()];
        // <packages>/<id>/<version>/lib/<framework>/<file>
        _packages = _folders.Select(f => Directory.GetParent(f))
            .FirstOrDefault(lib => lib is { Name: "lib", Parent.Parent.Parent: not null })?.Parent!.Parent!.Parent!.FullName;
    }

    public static MetadataLoadContext Over(IEnumerable<string> assemblies) => new(new MetadataReader(assemblies), "System.Private.CoreLib");

    public override Assembly? Resolve(MetadataLoadContext context, AssemblyName assemblyName)
    {
        var file = assemblyName.Name + ".dll";
        var path = _folders.Select(f => Path.Combine(f, file)).FirstOrDefault(File.Exists) ?? InPackages(file);
        return path == null ? null : context.LoadFromAssemblyPath(path);
    }

    private string? InPackages(string file)
    {
        if (_packages == null) return null;
        return Directory.EnumerateDirectories(_packages)
            .SelectMany(id => Directory.EnumerateDirectories(id))
            .Select(version => Path.Combine(version, "lib"))
            .Where(Directory.Exists)
            .SelectMany(lib => Directory.EnumerateFiles(lib, file, SearchOption.AllDirectories))
            .FirstOrDefault();
    }
}
