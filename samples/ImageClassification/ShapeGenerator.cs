namespace ImageClassification;

/// <summary>Pictures that nobody drew: outlines of five shapes, turned, shifted, and in noise.</summary>
internal static class ShapeGenerator
{
    private const int Side = 16;

    private static readonly (string Name, Func<float, float, float> Distance)[] _shapes =
    [
        ("circle", (x, y) => MathF.Abs(MathF.Sqrt(x * x + y * y) - 1)),
        ("square", (x, y) => MathF.Abs(MathF.Max(MathF.Abs(x), MathF.Abs(y)) - 0.85f)),
        ("triangle", (x, y) => MathF.Abs(MathF.Max(-y - 0.55f, MathF.Max(0.866f * x + 0.5f * y, -0.866f * x + 0.5f * y) - 0.5f)) * 1.2f),
        ("cross", (x, y) => MathF.Max(MathF.Min(MathF.Abs(x), MathF.Abs(y)), MathF.Max(MathF.Abs(x), MathF.Abs(y)) - 1)),
        ("ring and dot", (x, y) => MathF.Min(MathF.Abs(MathF.Sqrt(x * x + y * y) - 1), MathF.Sqrt(x * x + y * y))),
    ];

    public static Album Generate(int count, int seed)
    {
        var random = new Random(seed);
        return new Album(Side, Side, [.. Enumerable.Range(0, count).Select(_ => Draw(random))]);
    }

    private static Picture Draw(Random random)
    {
        float Shake(float amount) => amount * (2 * random.NextSingle() - 1);
        var (name, distance) = _shapes[random.Next(_shapes.Length)];
        var (sine, cosine) = MathF.SinCos(Shake(0.5f));
        var (left, top, size) = (7.5f + Shake(2), 7.5f + Shake(2), 4.6f + Shake(1));
        var pixels = new float[Side * Side];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (x, y) = ((i % Side - left) / size, (i / Side - top) / size);
            var away = distance(cosine * x - sine * y, sine * x + cosine * y) * size;
            pixels[i] = Math.Clamp(220 * MathF.Exp(-away * away) + 40 * (random.NextSingle() + random.NextSingle() - 1), 0, 255);
        }

        return new Picture { Name = name, Pixels = pixels };
    }
}
