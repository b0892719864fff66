using TorchSharp;

namespace Microsoft.ML.SecondOrder.Tests.Support;

/// <summary>Skips a test, with the reason, where what it needs is missing.</summary>
public static class Requires
{
    /// <summary>The full path of a file of the data folder.</summary>
    public static string Data(string fileName)
    {
        if (DataFolder.Path is not { } folder)
        {
            Assert.Skip("No data folder: set SECONDORDER_DATA, or put one at ../shared/data.");
            return "";
        }
        var path = Path.Combine(folder, fileName);
        if (!File.Exists(path)) Assert.Skip($"The data folder '{folder}' has no '{fileName}'.");
        return path;
    }

    /// <summary>A CUDA device that libtorch can use.</summary>
    public static void Cuda()
    {
        if (!torch.cuda.is_available()) Assert.Skip("No CUDA device.");
    }

    /// <summary>The stand-in of TorchSharp, where the real package ends the process or miscounts.</summary>
    public static void TorchSharpStandIn(string why)
    {
        if (!Packages.TorchSharpIsStandIn) Assert.Skip($"Only on the stand-in of TorchSharp: {why}");
    }
}
