using Microsoft.ML.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace CustomNetwork;

/// <summary>Points on two spirals, one turned into the other: no straight line tells them apart.</summary>
internal static class Spirals
{
    /// <returns>Points [N, 2] and classes [N].</returns>
    public static (Tensor Points, Tensor Classes) Make(int count, int seed)
    {
        var random = new Random(seed);
        var (points, classes) = (new float[2 * count], new long[count]);
        for (var i = 0; i < count; i++)
        {
            var along = 0.5 + 8.5 * Math.Sqrt(random.NextDouble());
            classes[i] = i % 2;
            points[2 * i] = (float)(along * Math.Cos(along + Math.PI * classes[i]) / 5 + 0.02 * random.NextDouble());
            points[2 * i + 1] = (float)(along * Math.Sin(along + Math.PI * classes[i]) / 5 + 0.02 * random.NextDouble());
        }

        return (tensor(points, new long[] { count, 2 }), tensor(classes));
    }

    /// <summary>The same points for ML.NET.</summary>
    public static IEnumerable<SpiralPoint> Rows(Tensor points, Tensor classes)
    {
        var (numbers, arms) = (points.data<float>().ToArray(), classes.data<long>().ToArray());
        return arms.Select((arm, i) => new SpiralPoint { Place = [numbers[2 * i], numbers[2 * i + 1]], Arm = (int)arm });
    }
}

/// <summary>One point as a row.</summary>
public sealed class SpiralPoint
{
    [VectorType(2)]
    public float[] Place { get; set; } = [];

    public int Arm { get; set; }
}
