using System.Reflection;
using Microsoft.ML.SecondOrder.Tests.Support;
using TorchSharp;

namespace Microsoft.ML.SecondOrder.Tests.Torch;

/// <summary>What a program sees that brings TorchSharp but no native library: the commonest mistake of a new user.</summary>
public sealed class MissingLibraryTests
{
    [Fact]
    public void Without_the_native_library_the_first_use_is_an_error_that_names_the_packages()
    {
        using var folder = new TemporaryFolder();
        var here = Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!;
        // Without the list of dependencies, which would lead to the library, and without the folder that holds it.
        foreach (var file in Directory.EnumerateFiles(here).Where(f => f.EndsWith(".dll") || f.EndsWith(".runtimeconfig.json")))
            File.Copy(file, folder.File(Path.GetFileName(file)));

        var answer = SecondProcess.RunFrom(folder.File(Path.GetFileName(Assembly.GetExecutingAssembly().Location)), Child);

        Assert.Contains(nameof(TypeInitializationException), answer);
        Assert.Contains(nameof(NotSupportedException), answer);
        Assert.Contains("TorchSharp-cpu", answer);
    }

    [Fact(Explicit = true)]
    public void Child()
    {
        _ = SecondProcess.Arguments;

        SecondProcess.Answer(Record.Exception(() => torch.ones(1))!.ToString());
    }
}
