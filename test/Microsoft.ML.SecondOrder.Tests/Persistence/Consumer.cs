using System.Diagnostics;
using System.Reflection;
using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Tests.Persistence;

/// <summary>Runs test/Microsoft.ML.SecondOrder.Consumer, an application that has the product but no libtorch and names only ML.NET.</summary>
internal static class Consumer
{
    public static (int Code, string[] Lines) Run(params string[] arguments)
    {
        var path = typeof(Consumer).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "Consumer").Value!;
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, ArgumentList = { "exec", path } };
        // TorchSharp would look for a libtorch in the cache of packages, too.
        start.Environment["NUGET_PACKAGES"] = Path.Combine(AppContext.BaseDirectory, "no-packages");
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        process.WaitForExit();
        return (process.ExitCode, lines);
    }

    public static string Bits(IEnumerable<float> values) => string.Join(' ', values.Select(v => BitConverter.SingleToUInt32Bits(v).ToString("x8")));

    /// <summary>What the consumer prints for the same rows.</summary>
    public static IEnumerable<string> ScoreBits(IDataView scored) => scored.Schema["Score"].Type is VectorDataViewType
        ? scored.GetColumn<float[]>("Score").Select(Bits)
        : scored.GetColumn<float>("Score").Select(v => Bits([v]));
}
