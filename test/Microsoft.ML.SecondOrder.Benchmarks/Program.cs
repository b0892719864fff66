using System.Globalization;
using Microsoft.ML.SecondOrder.Benchmarks;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var benchmarks = new Dictionary<string, (Action Run, string About)>
{
    ["overhead"] = (Overhead.Run, "the cost of small TorchSharp operations"),
    ["step"] = (StepRatios.Run, "one training step of each optimizer, as a ratio to AdamW's"),
};

var names = args.Length == 0 ? ["overhead"] : args;
foreach (var name in names)
{
    if (!benchmarks.TryGetValue(name, out var benchmark))
    {
        Console.Error.WriteLine($"There is no benchmark '{name}'. Known: {string.Join("; ", benchmarks.Select(b => $"{b.Key} ({b.Value.About})"))}.");
        return 2;
    }

    benchmark.Run();
}

return 0;
