namespace Microsoft.ML.SecondOrder.Tests.Support;

/// <summary>
/// A small table as people have them: 20 to 300 rows, 1 to 30 columns of mixed kinds, some constant, some twice, some with heavy tails;
/// labels smooth, noisy, of few values, or with heavy tails.
/// </summary>
internal sealed record RandomTable(IReadOnlyList<RandomTable.Row> Train, IReadOnlyList<RandomTable.Row> Test, int Columns, int Classes, string About)
{
    private const int Tested = 500;

    /// <summary>Features, the label as a number, and its class from 0.</summary>
    internal sealed record Row(float[] Features, float Number, uint Kind);

    /// <param name="seed">Another seed, another table.</param>
    public static RandomTable Draw(int seed)
    {
        var random = new Random(90_000 + seed);
        var (rows, columns) = ((int)(20 * Math.Pow(15, random.NextDouble())), random.Next(1, 31));
        var kinds = Enumerable.Range(0, columns).Select(_ => random.Next(8)).ToArray();
        var scales = kinds.Select(_ => Math.Pow(10, 8 * random.NextDouble() - 4)).ToArray();
        var weights = kinds.Select(_ => random.Next(3) == 0 ? Normal(random) : 0).ToArray();
        weights[random.Next(columns)] = 1;
        var (label, noise, bend) = (random.Next(5), Math.Pow(10, 2 * random.NextDouble() - 1.5), random.NextDouble());
        var shift = random.Next(2) * 1000 * Normal(random);

        Row Next()
        {
            var drawn = new double[columns];
            for (var c = 0; c < columns; c++)
            {
                drawn[c] = kinds[c] switch
                {
                    0 or 1 => Normal(random),
                    2 => random.NextDouble() - 0.5,
                    3 => random.Next(4) == 0 ? 1 : 0,
                    4 => Math.Clamp(Normal(random) / Math.Max(0.01, random.NextDouble()), -1000, 1000),
                    5 => random.Next(6),
                    6 when c > 0 => drawn[c - 1],
                    _ => 3,
                };
            }

            var sum = drawn.Select((v, c) => weights[c] * Math.Clamp(v, -3, 3)).Sum();
            var signal = (1 - bend) * sum + bend * 2 * Math.Sin(2 * sum);
            var value = signal + noise * Normal(random);
            value = label switch
            {
                1 => Math.Clamp(Math.Round(value), -1, 1), // few distinct labels
                2 => Math.Exp(Math.Clamp(value, -6, 6)),
                3 => value + (random.Next(20) == 0 ? 20 * Normal(random) : 0),
                _ => value,
            };
            return new Row([.. drawn.Select((v, c) => (float)(scales[c] * v))], (float)(shift + value), value < -0.7 ? 0u : value < 0.7 ? 1u : 2u);
        }

        Row[] Rows(int count) => [.. Enumerable.Range(0, count).Select(_ => Next())];
        return new RandomTable(Rows(rows), Rows(Tested), columns, 3, FormattableString.Invariant($"{rows} rows, {columns} columns, label {label}, noise {noise:G2}, bend {bend:F1}"));
    }

    public static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
