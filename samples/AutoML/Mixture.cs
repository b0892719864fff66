namespace AutoML;

/// <summary>What a cubic metre of concrete is made of, in kilogrammes, and how strong it became.</summary>
public sealed class Mixture
{
    public float Cement { get; set; }

    public float Slag { get; set; }

    public float Water { get; set; }

    public float Plasticizer { get; set; }

    public float Gravel { get; set; }

    public float Sand { get; set; }

    public float Days { get; set; }

    /// <summary>In megapascals.</summary>
    public float Strength { get; set; }
}

/// <summary>Concrete that was never cast: less water for the binder makes it stronger (Abrams, 1918), and it hardens with the logarithm of time.</summary>
internal static class MixtureGenerator
{
    public static IEnumerable<Mixture> Generate(int count, int seed)
    {
        var random = new Random(seed);
        float Between(double low, double high) => MathF.Round((float)(low + (high - low) * random.NextDouble()));
        for (var i = 0; i < count; i++)
        {
            var mixture = new Mixture
            {
                Cement = Between(120, 500), Slag = random.Next(2) * Between(20, 250), Water = Between(130, 230), Plasticizer = random.Next(2) * Between(3, 15),
                Gravel = Between(800, 1100), Sand = Between(600, 950), Days = MathF.Round(MathF.Exp((float)(random.NextDouble() * Math.Log(180)))),
            };
            var binder = mixture.Cement + 0.7 * mixture.Slag;
            var noise = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            mixture.Strength = (float)(95 / Math.Pow(6, (mixture.Water - 3 * mixture.Plasticizer) / binder) * Math.Min(0.35 + 0.2 * Math.Log(mixture.Days), 1.2) + 2 * noise);
            yield return mixture;
        }
    }
}
