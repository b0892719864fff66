using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers;

/// <summary>Products of feature vectors, dense or sparse, with dense vectors in double precision.</summary>
internal static class FeatureProducts
{
    public static double Dot(ReadOnlySpan<double> weights, in VBuffer<float> features)
    {
        var values = features.GetValues();
        double sum = 0;
        int i = 0;
        if (!features.IsDense)
        {
            var indices = features.GetIndices();
            for (; i < values.Length; i++)
                sum += weights[indices[i]] * values[i];
            return sum;
        }

        var packedValues = MemoryMarshal.Cast<float, Vector<float>>(values);
        var packedWeights = MemoryMarshal.Cast<double, Vector<double>>(weights);
        var partial = Vector<double>.Zero;
        for (int k = 0; k < packedValues.Length; k++)
        {
            Vector.Widen(packedValues[k], out var low, out var high);
            partial += packedWeights[2 * k] * low + packedWeights[2 * k + 1] * high;
        }

        sum = Vector.Sum(partial);
        for (i = packedValues.Length * Vector<float>.Count; i < values.Length; i++)
            sum += weights[i] * values[i];
        return sum;
    }

    /// <summary>destination += scale·features</summary>
    public static void AddScaled(Span<double> destination, in VBuffer<float> features, double scale)
    {
        var values = features.GetValues();
        int i = 0;
        if (!features.IsDense)
        {
            var indices = features.GetIndices();
            for (; i < values.Length; i++)
                destination[indices[i]] += scale * values[i];
            return;
        }

        var packedValues = MemoryMarshal.Cast<float, Vector<float>>(values);
        var packed = MemoryMarshal.Cast<double, Vector<double>>(destination);
        for (int k = 0; k < packedValues.Length; k++)
        {
            Vector.Widen(packedValues[k], out var low, out var high);
            packed[2 * k] += scale * low;
            packed[2 * k + 1] += scale * high;
        }

        for (i = packedValues.Length * Vector<float>.Count; i < values.Length; i++)
            destination[i] += scale * values[i];
    }
}
