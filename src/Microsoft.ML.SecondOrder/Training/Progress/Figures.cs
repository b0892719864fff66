using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>What is reported of outputs, beside their loss.</summary>
internal static class Figures
{
    /// <summary>The sum of <see cref="LearningTask.Figure"/> over rows.</summary>
    /// <param name="task">Says what a row adds.</param>
    /// <param name="outputs">[B, O]</param>
    /// <param name="targets">[B·T], scaled.</param>
    /// <param name="rows">B.</param>
    /// <param name="scalings">[T]</param>
    public static double Sum(LearningTask task, Tensor outputs, ReadOnlySpan<float> targets, int rows, ReadOnlySpan<TargetScaling> scalings)
    {
        using var detached = outputs.detach();
        using var onCpu = detached.cpu();
        var values = MemoryMarshal.Cast<byte, float>(onCpu.bytes);
        var (width, numbers) = (values.Length / rows, targets.Length / rows);
        var sum = 0.0;
        for (var i = 0; i < rows; i++)
        {
            sum += task.Figure(values.Slice(i * width, width), targets.Slice(i * numbers, numbers), scalings);
        }

        return sum;
    }
}
