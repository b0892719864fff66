using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Tests.MlNet;

/// <summary>Small data made up by formula, the same in every run: three well separated clouds of points.</summary>
internal static class Clusters
{
    public static readonly string[] Species = ["lily", "rose", "tulip"];

    public sealed class Flower
    {
        public string Species { get; set; } = "";

        public float Number { get; set; }

        public bool IsRose { get; set; }

        public float Target { get; set; }

        [VectorType(2)]
        public float[] Size { get; set; } = [];
    }

    public static List<Flower> Flowers(int count = 90)
        => [.. Enumerable.Range(0, count).Select(i => new Flower
        {
            Species = Species[i % 3],
            Number = (i % 3 + 1) * 10,
            IsRose = i % 3 == 1,
            Size = [i % 3 + Wobble(i), i % 3 == 1 ? 2 + Wobble(i + 7) : Wobble(i + 5)],
            Target = 2 * (i % 3 + Wobble(i)) + 1,
        })];

    public static IDataView View(MLContext ml, int count = 90) => ml.Data.LoadFromEnumerable(Flowers(count));

    private static float Wobble(int i) => 0.3f * MathF.Sin(12.9898f * i);
}
