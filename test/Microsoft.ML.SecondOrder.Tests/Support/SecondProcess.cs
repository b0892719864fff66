using System.Diagnostics;
using System.Reflection;
using System.Text.Json;

namespace Microsoft.ML.SecondOrder.Tests.Support;

/// <summary>Runs one test method of this assembly in a process of its own and returns what it answered.</summary>
/// <remarks>
/// The method is a <c>[Fact(Explicit = true)]</c>, so that no ordinary run touches it. It reads
/// <see cref="Arguments"/> and ends with <see cref="Answer"/>:
/// <code>
/// [Fact(Explicit = true)]
/// public void Child() => SecondProcess.Answer(File.ReadAllText(SecondProcess.Arguments[0]));
///
/// [Fact]
/// public void Another_process_reads_the_file() => Assert.Equal("text", SecondProcess.Run(Child, path));
/// </code>
/// </remarks>
public static class SecondProcess
{
    private const string ArgumentsVariable = "SECONDORDER_TEST_ARGUMENTS";
    private const string AnswerVariable = "SECONDORDER_TEST_ANSWER";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>In the second process: what <see cref="Run"/> passed. Skips the test in any other process.</summary>
    public static string[] Arguments
    {
        get
        {
            var text = Environment.GetEnvironmentVariable(ArgumentsVariable);
            if (text == null) Assert.Skip("Runs only as the second process of another test.");
            return JsonSerializer.Deserialize<string[]>(text!)!;
        }
    }

    /// <summary>In the second process: hands <paramref name="text"/> to the first.</summary>
    public static void Answer(string text) => File.WriteAllText(Environment.GetEnvironmentVariable(AnswerVariable)!, text);

    /// <summary>Runs <paramref name="child"/> in a new process; returns its answer, or fails with its output.</summary>
    public static string Run(Action child, params string[] arguments) => RunFrom(Assembly.GetExecutingAssembly().Location, child, arguments);

    /// <summary>As <see cref="Run"/>, with a copy of this assembly that lies elsewhere, among other files.</summary>
    public static string RunFrom(string assembly, Action child, params string[] arguments)
    {
        var answer = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var method = child.Method.DeclaringType!.FullName + "." + child.Method.Name;
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { "exec", assembly, "-noLogo", "-noColor", "-explicit", "only", "-method", method },
            Environment = { [ArgumentsVariable] = JsonSerializer.Serialize(arguments), [AnswerVariable] = answer },
        };
        try
        {
            var (code, output) = Wait(start);
            Assert.True(code == 0 && File.Exists(answer), $"The second process, '{method}', ended with code {code} and said:\n{output}");
            return File.ReadAllText(answer);
        }
        finally
        {
            File.Delete(answer);
        }
    }

    private static (int Code, string Output) Wait(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            return (-1, $"Stopped after {Patience.TotalSeconds} s.\n{output.Result}{errors.Result}");
        }
        return (process.ExitCode, output.Result + errors.Result);
    }
}
