using Microsoft.ML.SecondOrder.Goldens;

namespace Microsoft.ML.SecondOrder.Tests.Goldens;

/// <summary>
/// Reference numbers of the official implementations, at the tolerance that each file states. A selection travels with the
/// tests; the whole set is run where <c>SECONDORDER_GOLDEN</c> names its folder or it lies beside the repository.
/// </summary>
public sealed class GoldenTests
{
    private static readonly string _folder = Path.Combine(AppContext.BaseDirectory, "Goldens", "Numbers");

    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(_folder, "*.json", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(_folder, f))
        .Where(f => !f.StartsWith("problems", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Files))]
    public void Numbers_are_those_of_the_reference(string file)
    {
        var result = GoldenRunner.Run(Path.Combine(_folder, file))!;

        Assert.True(result.Verdict == Verdict.Ok, $"{result.Verdict}: {result.Text}");
    }

    [Fact]
    public void Whole_set_passes_or_names_what_is_not_built()
    {
        var folder = Environment.GetEnvironmentVariable("SECONDORDER_GOLDEN")
            ?? (Support.DataFolder.Path is { } data ? Path.Combine(data, "..", "golden") : null);
        if (folder is null || !Directory.Exists(folder))
        {
            Assert.Skip("No folder of reference numbers: set SECONDORDER_GOLDEN.");
        }

        var output = new StringWriter();
        var summary = GoldenRunner.Run([folder!], output);

        Assert.True(summary.Failed == 0, output.ToString());
        Assert.True(summary.Passed >= 50, $"Only {summary.Passed} files were run.");
    }

    [Fact]
    public void A_wrong_number_fails()
    {
        var copy = Directory.CreateTempSubdirectory().FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(copy, "problems"));
            Directory.CreateDirectory(Path.Combine(copy, "singd"));
            File.Copy(Path.Combine(_folder, "problems", "mlp_mse.json"), Path.Combine(copy, "problems", "mlp_mse.json"));
            var text = File.ReadAllText(Path.Combine(_folder, "singd", "mlp_mse__dense__base.json"));
            var path = Path.Combine(copy, "singd", "mlp_mse__dense__base.json");
            File.WriteAllText(path, text.Replace("\"damping\": 0.01", "\"damping\": 0.0100001").Replace("\"damping\":0.01", "\"damping\":0.0100001"));

            Assert.Equal(Verdict.Fail, GoldenRunner.Run(path)!.Verdict);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }
}
