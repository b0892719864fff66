using Microsoft.ML.Data;

namespace Iris;

/// <summary>A flower, in the layout of ML.NET's tutorial file.</summary>
public sealed class Flower
{
    [LoadColumn(0)]
    public string Species { get; set; } = "";

    [LoadColumn(1)]
    public float SepalLength { get; set; }

    [LoadColumn(2)]
    public float SepalWidth { get; set; }

    [LoadColumn(3)]
    public float PetalLength { get; set; }

    [LoadColumn(4)]
    public float PetalWidth { get; set; }
}

/// <summary>The predicted species and the probabilities of all.</summary>
public sealed class FlowerPrediction
{
    public string PredictedLabel { get; set; } = "";

    public float[] Score { get; set; } = [];
}

/// <summary>Flowers that never grew, with the means and deviations of Fisher's: large petals are long and wide alike.</summary>
internal static class FlowerGenerator
{
    private static readonly (string Name, float[] Means, float[] Deviations)[] _species =
    [
        ("setosa", [5.01f, 3.43f, 1.46f, 0.25f], [0.35f, 0.38f, 0.17f, 0.11f]),
        ("versicolor", [5.94f, 2.77f, 4.26f, 1.33f], [0.52f, 0.31f, 0.47f, 0.20f]),
        ("virginica", [6.59f, 2.97f, 5.55f, 2.03f], [0.64f, 0.32f, 0.55f, 0.27f]),
    ];

    public static IEnumerable<Flower> Generate(int count, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            var (name, means, deviations) = _species[i % _species.Length];
            var size = Normal(random);
            float Part(int part) => MathF.Round(means[part] + deviations[part] * (0.75f * size + 0.66f * Normal(random)), 1);
            yield return new Flower { Species = name, SepalLength = Part(0), SepalWidth = Part(1), PetalLength = Part(2), PetalWidth = Part(3) };
        }
    }

    private static float Normal(Random random) =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
}
