using System.Diagnostics;
using System.Reflection;

namespace Microsoft.ML.SecondOrder.Tests.Samples;

/// <summary>Runs a sample program as a user does, in a process of its own.</summary>
internal static class Sample
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(10);

    /// <param name="name">The sample's assembly, which lies beside the tests.</param>
    /// <param name="arguments">Its command line.</param>
    public static (int Code, string Output, string Errors) Run(string name, params string[] arguments)
    {
        var folder = AppContext.BaseDirectory;
        var tests = Assembly.GetExecutingAssembly().GetName().Name;
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                "exec",
                "--runtimeconfig", Path.Combine(folder, tests + ".runtimeconfig.json"),
                "--depsfile", Path.Combine(folder, tests + ".deps.json"),
                Path.Combine(folder, name + ".dll"),
            },
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(_patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"'{name}' did not end within {_patience}.");
        }

        process.WaitForExit();
        return (process.ExitCode, output.Result, errors.Result);
    }
}
