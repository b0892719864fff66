using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Microsoft.ML.SecondOrder.Goldens;

/// <summary>Compares the library with files of reference numbers: one line a file.</summary>
internal static class GoldenRunner
{
    private static readonly Dictionary<string, Func<GoldenFile, Comparison>> _runners = new()
    {
        ["golden-singd/1"] = SingdTrajectory.Run,
        ["golden-structure/1"] = StructureOperations.Run,
        ["golden-kfac-factors/1"] = KroneckerFactorFile.Run,
        ["golden-kfac-optimizer/1"] = file => file.Root.Text("algorithm") == "KFAC" ? KfacTrajectory.Run(file) : SingdTrajectory.Run(file),
        ["golden-sirfshampoo/1"] = SirfTrajectory.Run,
        ["golden-rootfree/1"] = RootFreeTrajectory.Run,
        ["method"] = MethodFile.Run,
    };

    /// <summary>Runs every file given and every <c>.json</c> below the folders given; problems are looked up, not run.</summary>
    public static GoldenSummary Run(IEnumerable<string> paths, TextWriter output)
    {
        var results = Files(paths).Select(Run).OfType<GoldenResult>().ToList();
        foreach (var result in results)
        {
            var word = result.Verdict switch { Verdict.Ok => "ok  ", Verdict.Fail => "FAIL", _ => "skip" };
            var error = result.Verdict == Verdict.Skip ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"{result.Error:E1} ");
            output.WriteLine($"{word} {Path.GetFileName(Path.GetDirectoryName(result.Path))}/{Path.GetFileName(result.Path)} {error}{result.Text}".TrimEnd());
        }

        return new GoldenSummary(
            results.Count(r => r.Verdict == Verdict.Ok), results.Count(r => r.Verdict == Verdict.Fail), results.Count(r => r.Verdict == Verdict.Skip));
    }

    /// <summary>Runs one file; null for a problem, which is no test of its own.</summary>
    public static GoldenResult? Run(string path)
    {
        try
        {
            using var file = GoldenFile.Open(path);
            if (file.Format == "golden-problem/1")
            {
                return null;
            }

            if (!_runners.TryGetValue(file.Format, out var run))
            {
                throw new SkipException($"files of format '{file.Format}' are not built yet");
            }

            using var scope = TorchSharp.torch.NewDisposeScope();
            var comparison = run(file);
            return new GoldenResult(path, comparison.Failure is null ? Verdict.Ok : Verdict.Fail, comparison.Largest, comparison.Failure ?? string.Empty);
        }
        catch (SkipException skip)
        {
            return new GoldenResult(path, Verdict.Skip, 0, skip.Message);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or IOException or ArgumentException or InvalidOperationException or ExternalException)
        {
            return new GoldenResult(path, Verdict.Fail, double.NaN, e.Message.Split('\n')[0]);
        }
    }

    private static IEnumerable<string> Files(IEnumerable<string> paths) => paths.SelectMany(IEnumerable<string> (path) =>
        Directory.Exists(path)
            ? Directory.EnumerateFiles(path, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            : [path]);
}
