using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>The native library behind TorchSharp: whether it is there, and on which device it computes.</summary>
internal static class TorchRuntime
{
    /// <summary>Turns TorchSharp's opaque type-initialiser failure into what to do about it.</summary>
    /// <exception cref="InvalidOperationException">libtorch cannot be loaded.</exception>
    public static void Require()
    {
        try
        {
            Touch();
        }
        catch (Exception failure) when (failure is TypeInitializationException or DllNotFoundException or NotSupportedException
            or EntryPointNotFoundException or BadImageFormatException or ExternalException)
        {
            throw Missing(failure);
        }
    }

    /// <summary>
    /// The device that the context asks for: <c>MLContext.GpuDeviceId</c>, or the CPU where it is null; the CPU also
    /// where that GPU is not there and <c>MLContext.FallbackToCpu</c> allows it.
    /// </summary>
    /// <exception cref="InvalidOperationException">The GPU is not there, and falling back is not allowed.</exception>
    public static Device ChooseDevice(int? gpuDeviceId, bool fallbackToCpu, IChannel channel)
    {
        if (gpuDeviceId is not { } index)
        {
            return CPU;
        }

        var count = cuda.is_available() ? cuda.device_count() : 0;
        if (index >= 0 && index < count)
        {
            return device($"cuda:{index}");
        }

        var found = count == 0
            ? "libtorch finds no CUDA device"
            : $"libtorch finds {count} CUDA device{(count == 1 ? "" : "s")}, numbered from 0";
        if (!fallbackToCpu)
        {
            throw new InvalidOperationException(
                $"MLContext.GpuDeviceId is {index}, but {found}. Set MLContext.FallbackToCpu to true or GpuDeviceId to null to train on "
                + "the CPU; a GPU needs an NVIDIA driver and the package TorchSharp-cuda-windows or TorchSharp-cuda-linux.");
        }

        channel.Warning(MessageSensitivity.None, $"MLContext.GpuDeviceId is {index}, but {found}; training on the CPU");
        return CPU;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Touch()
    {
        using var probe = empty(1);
    }

    private static InvalidOperationException Missing(Exception failure)
    {
        var version = typeof(torch).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
        var reason = failure.GetBaseException().Message.Split('\n')[0].Trim();
        return new InvalidOperationException(
            $"Training needs libtorch, which could not be loaded: {reason} Reference exactly one of the packages TorchSharp-cpu, "
            + $"TorchSharp-cuda-windows and TorchSharp-cuda-linux in the application, in the version of TorchSharp ({version}): "
            + "dotnet add package TorchSharp-cpu. Saved models load and predict without it.",
            failure);
    }
}
