using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Weight vectors: their products with features, and their bytes.</summary>
internal static class WeightCodec
{
    public static float Dot(float[] weights, in VBuffer<float> features)
    {
        var values = features.GetValues();
        var indices = features.GetIndices();
        float sum = 0;
        for (int i = 0; i < values.Length; i++)
            sum += values[i] * weights[features.IsDense ? i : indices[i]];
        return sum;
    }

    public static void Write(BinaryWriter writer, float[] weights)
    {
        writer.Write(weights.Length);
        foreach (float weight in weights)
            writer.Write(weight);
    }

    public static float[] Read(BinaryReader reader)
    {
        int count = reader.ReadInt32();
        Contracts.CheckDecode(count >= 0);
        var weights = new float[count];
        for (int i = 0; i < count; i++)
            weights[i] = reader.ReadSingle();
        return weights;
    }
}
