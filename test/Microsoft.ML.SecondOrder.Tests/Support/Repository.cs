using System.Runtime.CompilerServices;

namespace Microsoft.ML.SecondOrder.Tests.Support;

/// <summary>The sources that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>The folder of the solution, above the tests' own output or above this file (whose path deterministic builds hide).</summary>
    public static string Root { get; } = Find();

    private static string Find([CallerFilePath] string here = "") =>
        new[] { AppContext.BaseDirectory, Path.GetDirectoryName(here)! }
            .SelectMany(Above)
            .FirstOrDefault(f => File.Exists(Path.Combine(f, "SecondOrder.sln")))
        ?? throw new DirectoryNotFoundException($"No folder with SecondOrder.sln lies above '{AppContext.BaseDirectory}' or '{here}'.");

    private static IEnumerable<string> Above(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            yield return at.FullName;
        }
    }
}
