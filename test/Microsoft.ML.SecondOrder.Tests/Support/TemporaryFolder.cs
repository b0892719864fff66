namespace Microsoft.ML.SecondOrder.Tests.Support;

/// <summary>A new folder that is deleted with all that is in it.</summary>
public sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("secondorder-");

    /// <summary>The full path of a file in the folder.</summary>
    public string File(string name) => Path.Combine(_folder.FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);
}
