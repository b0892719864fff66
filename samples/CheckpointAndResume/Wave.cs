using Microsoft.ML.Data;

namespace CheckpointAndResume;

/// <summary>A point on a wavy surface.</summary>
public sealed class Wave
{
    [VectorType(2)]
    public float[] Features { get; set; } = [];

    [ColumnName("Label")]
    public float Height { get; set; }

    public static IEnumerable<Wave> Generate(int count, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            float[] place = [6 * random.NextSingle() - 3, 6 * random.NextSingle() - 3];
            yield return new Wave { Features = place, Height = MathF.Sin(2 * place[0]) * MathF.Cos(place[1]) + 0.05f * random.NextSingle() };
        }
    }
}
