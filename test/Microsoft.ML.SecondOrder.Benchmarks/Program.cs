using System.Globalization;
using Microsoft.ML.SecondOrder.Benchmarks;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var benchmarks = new Dictionary<string, (Action<IReadOnlyList<string>> Run, string About)>
{
    ["overhead"] = (_ => Overhead.Run(), "the cost of small TorchSharp operations"),
    ["step"] = (StepRatios.Run, "one training step of each optimizer, as a ratio to AdamW's"),
    ["converge"] = (Converge.Run, "steps and seconds to a fixed test loss"),
    ["score"] = (ScoreSpeed.Run, "rows a second of trained networks, and microseconds of a prediction engine"),
    ["headlines"] = (Headlines.Run, "what the papers promise of K-FAC's relatives"),
    ["stress"] = (Microsoft.ML.SecondOrder.Benchmarks.Stress.StressRun.Run, "what trainers have to stand: repeat, kill, cancel, memory, options, data"),
    ["rootfree"] = (RootFree.Run, "the root-free methods beside their rooted twins, and in bfloat16"),
    ["evidence"] = (EvidenceStudy.Run, "regularisation by the evidence, prediction intervals and useless columns"),
    ["calibration"] = (CalibrationStudy.Run, "class probabilities, as the network has them and calibrated"),
    ["select"] = (SelectStudy.Run, "the choice of a network by leaving rows out, by folds and by the evidence"),
    ["wide"] = (WideEvidence.Run, "the evidence of a small Wide ResNet by expand and by reduce"),
    ["images"] = (ImageFits.Run, "MNIST by convolutions beside AdamW"),
    ["augmentation"] = (AugmentationStudy.Run, "augmentation whose strengths the evidence learns"),
    ["race"] = (Race.Run, "networks beyond tables beside AdamW"),
    ["defaults"] = (DefaultsStudy.Run, "the trainers' defaults on real and generated tables"),
};

var name = args.Length == 0 ? "overhead" : args[0];
if (!benchmarks.TryGetValue(name, out var benchmark))
{
    Console.Error.WriteLine($"There is no benchmark '{name}'. Known: {string.Join("; ", benchmarks.Select(b => $"{b.Key} ({b.Value.About})"))}.");
    return 2;
}

try
{
    benchmark.Run(args[Math.Min(1, args.Length)..]);
    return 0;
}
catch (ArgumentException wrong)
{
    Console.Error.WriteLine(wrong.Message);
    return 2;
}
