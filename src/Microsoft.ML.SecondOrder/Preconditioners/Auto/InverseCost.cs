using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>How long a device takes for the inverse of a matrix beside a product of as many multiplications.</summary>
internal static class InverseCost
{
    private const long Rows = 512;
    private const int Repetitions = 5;

    private static readonly ConcurrentDictionary<(string Device, ScalarType Type), Lazy<double>> _measured = [];

    /// <summary>Measured at the first call for a device and type, and the same until the process ends.</summary>
    public static double Measured(Device device, ScalarType type)
    {
        var precise = type == float64 ? float64 : float32; // as K-FAC keeps its factors
        return _measured.GetOrAdd((device.ToString(), precise), _ => new Lazy<double>(() => Measure(device, precise))).Value;
    }

    private static double Measure(Device device, ScalarType type)
    {
        using var gradMode = no_grad();
        using var scope = NewDisposeScope();
        var matrix = eye(Rows, dtype: type, device: device);
        return Seconds(() => Factorizations.DampedInverse(matrix, 1, "the matrix to measure with")) / Seconds(() => matrix.mm(matrix));
    }

    /// <summary>The median; one number is read back each time, so that a device has finished.</summary>
    private static double Seconds(Func<Tensor> work)
    {
        var times = new List<double>();
        for (var i = 0; i <= Repetitions; i++)
        {
            using var scope = NewDisposeScope();
            var start = Stopwatch.GetTimestamp();
            work()[0, 0].ToDouble();
            times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return times.Skip(1).Order().ElementAt(Repetitions / 2); // the first loads libraries
    }
}
