using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Catalog;

/// <summary>Gathers the facts of a <see cref="Diagnosis"/>.</summary>
internal static class SystemCheck
{
    private const int Rows = 512;
    private const double OperationsOfProduct = 2.0 * Rows * Rows * Rows;
    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(100);

    /// <summary>An optimised library reaches several times this on one core of any processor of the last ten years.</summary>
    private const double SlowBillionsPerSecond = 10;

    /// <param name="context">Whose device is looked at.</param>
    /// <param name="measures">Whether the speed is measured, which takes a fraction of a second.</param>
    public static Diagnosis Run(MLContext context, bool measures = true)
    {
        var facts = new List<KeyValuePair<string, string>>();
        var advice = new List<string>();
        void Fact(string name, string value) => facts.Add(new(name, value));

        Fact("Microsoft.ML.SecondOrder", Version(typeof(Network)));
        Fact("Microsoft.ML", Version(typeof(MLContext)));
        Fact("TorchSharp", Version(typeof(torch)));
        Fact(".NET", RuntimeInformation.FrameworkDescription);
        Fact("system", $"{RuntimeInformation.OSDescription.Trim()}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} processors");
        try
        {
            TorchRuntime.Require();
        }
        catch (InvalidOperationException missing)
        {
            Fact("libtorch", "cannot be loaded");
            advice.Add(missing.Message);
            return new Diagnosis(facts, advice);
        }

        Fact("libtorch", $"{__version__}, {get_num_threads()} threads");
        CheckDevice(context, Fact, advice);
        if (measures)
        {
            CheckSpeed(Fact, advice);
        }

        return new Diagnosis(facts, advice) { CanTrain = true };
    }

    private static void CheckDevice(MLContext context, Action<string, string> fact, List<string> advice)
    {
        var count = cuda.is_available() ? cuda.device_count() : 0;
        fact("CUDA devices", count.ToString(CultureInfo.InvariantCulture));
        fact("MLContext.GpuDeviceId", context.GpuDeviceId?.ToString(CultureInfo.InvariantCulture) ?? "none: trains on the CPU");
        if (context.GpuDeviceId is { } index && (index < 0 || index >= count))
        {
            advice.Add(
                $"MLContext.GpuDeviceId is {index}, but libtorch finds {count} CUDA devices: training will "
                + (context.FallbackToCpu ? "fall back to the CPU. " : "throw. ")
                + "A GPU needs an NVIDIA driver and the package TorchSharp-cuda-windows or TorchSharp-cuda-linux in place of TorchSharp-cpu.");
        }
        else if (context.GpuDeviceId is null && count > 0)
        {
            advice.Add("There is a CUDA device that is not used: set MLContext.GpuDeviceId to 0 to train large networks on it.");
        }
    }

    private static void CheckSpeed(Action<string, string> fact, List<string> advice)
    {
        var single = BillionsPerSecond(float32);
        fact("matrix products, float32", string.Create(CultureInfo.InvariantCulture, $"{single:F0} billion operations a second"));
        fact("matrix products, float64", string.Create(CultureInfo.InvariantCulture, $"{BillionsPerSecond(float64):F0} billion operations a second"));
        fact("matrix products, bfloat16", BillionsOrNone(bfloat16) is { } low
            ? string.Create(CultureInfo.InvariantCulture, $"{low:F0} billion operations a second")
            : "not supported");
        if (single < SlowBillionsPerSecond)
        {
            advice.Add("Matrix products are slow: libtorch works without an optimised BLAS, or the machine is busy. On Debian: apt-get install libopenblas0-openmp.");
        }
    }

    private static double? BillionsOrNone(ScalarType type)
    {
        try
        {
            return BillionsPerSecond(type);
        }
        catch (ExternalException)
        {
            return null;
        }
    }

    /// <summary>Of as many products as fit into a tenth of a second, by the fastest.</summary>
    private static double BillionsPerSecond(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var gradMode = no_grad();
        var matrix = ones(new long[] { Rows, Rows }, type);
        var (clock, best) = (Stopwatch.StartNew(), TimeSpan.MaxValue);
        do
        {
            var start = clock.Elapsed;
            matrix.mm(matrix).Dispose();
            var time = clock.Elapsed - start;
            best = time < best ? time : best;
        }
        while (clock.Elapsed < _patience);
        return OperationsOfProduct / best.TotalSeconds / 1e9;
    }

    private static string Version(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
        ?? type.Assembly.GetName().Version?.ToString() ?? "unknown";
}
