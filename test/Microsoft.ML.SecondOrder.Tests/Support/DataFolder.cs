namespace Microsoft.ML.SecondOrder.Tests.Support;

/// <summary>The folder of real data that tests read in place: <c>SECONDORDER_DATA</c>, else <c>shared/data</c> beside the repository.</summary>
public static class DataFolder
{
    /// <summary>The folder, or null where there is none.</summary>
    public static string? Path { get; } = Find();

    private static string? Find()
    {
        var named = Environment.GetEnvironmentVariable("SECONDORDER_DATA");
        if (!string.IsNullOrEmpty(named)) return Directory.Exists(named) ? named : null;

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
        {
            var candidate = System.IO.Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(candidate)) return candidate;
        }
        return null;
    }
}
