using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>
/// The prior precisions that the evidence by expand and by reduce has come to at the end of trainings that differ in nothing else, on digits of half the
/// height and width.
/// </summary>
internal static class WideOnline
{
    public static void Compare(Network network, string folder, Arguments arguments)
    {
        var (rows, steps, seeds) = (arguments.Number("rows", 2000), arguments.Number("online", 400), arguments.Number("seeds", 1));
        var digits = RaceTask.Digits(folder, shifts: false).Halved();
        var task = digits with { Network = network, Train = digits.Train[..rows], Batch = 128 };
        Console.WriteLine($"{network}, {rows} digits, {steps} steps");
        foreach (var prior in new[] { PriorPrecision.Shared, PriorPrecision.PerLayer, PriorPrecision.Curvature }.Where(p => arguments.Admits("priors", p.ToString())))
        {
            for (var seed = 1; seed <= seeds; seed++)
            {
                var (expand, reduce) = (Fit(WeightSharing.Expand), Fit(WeightSharing.Reduce));
                var ratios = reduce.Zip(expand, (r, e) => r / e).ToList();
                Console.WriteLine($"  {prior}, seed {seed}: reduce to expand {string.Join(" ", ratios.Select(r => r.ToString("F2")))}; geometric mean {Math.Exp(ratios.Average(Math.Log)):F2}");

                IReadOnlyList<double> Fit(WeightSharing sharing)
                {
                    var start = Environment.CpuUsage.TotalTime;
                    var (fitted, epochs) = task.FitNetwork(seed, steps, p => p with { Regularization = Regularization.MarginalLikelihood(prior) with { Sharing = sharing } });
                    var (precisions, end) = (fitted.Origin!.HyperParameters!.Precisions, epochs[^1]);
                    Console.WriteLine($"    {sharing}: precisions {string.Join(" ", precisions.Select(p => p.ToString("G3")))}; {end.EffectiveParameters:F0} effective parameters, log evidence {end.LogEvidence:F0},"
                        + $" test loss {end.ValidationLoss:F3} ({end.ValidationAccuracy:P1}), {(Environment.CpuUsage.TotalTime - start).TotalSeconds:F0} s of processor time");
                    return precisions;
                }
            }
        }
    }
}
