using Microsoft.ML.SecondOrder.Curvature;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Goldens;

/// <summary>Kronecker factors of one batch as SINGD sees them: H_K = AᵀA and H_C = GᵀG per layer.</summary>
internal static class KroneckerFactorFile
{
    public static Comparison Run(GoldenFile file)
    {
        using var problem = file.OpenProblem();
        var comparison = file.NewComparison();
        var batch = problem.Root.GetProperty("batches")[file.Root.Integer("batch_index")];
        foreach (var item in file.Root.GetProperty("singd_H").EnumerateArray())
        {
            var sharing = item.Text("kfac_approx") == "reduce" ? WeightSharing.Reduce : WeightSharing.Expand;
            var samples = Samples(problem, batch.GetProperty("x").ToTensor(), batch.GetProperty("y").ToTensor(), sharing);
            foreach (var (name, sample) in samples)
            {
                double scale = item.Find("loss_average")?.GetString() switch
                {
                    null => 1,
                    "batch" => sample.Batch,
                    _ => sample.Batch * sample.Positions,
                };
                var (a, g) = (sample.Inputs, sample.OutputGradients);
                var label = $"of {name}, {item.Text("kfac_approx")}";
                comparison.Add($"H_K {label}", a.t().mm(a).div(a.shape[0]), item.GetProperty("H_K").GetProperty(name).ToTensor());
                comparison.Add($"H_C {label}", g.t().mm(g).mul(scale), item.GetProperty("H_C").GetProperty(name).ToTensor());
            }
        }

        CurvlinopsFactors.Compare(file, problem, comparison);
        return comparison;
    }

    private static Dictionary<string, LayerSample> Samples(GoldenFile problem, Tensor x, Tensor y, WeightSharing sharing)
    {
        using var network = GoldenNetwork.FromProblem(problem, float64);
        var samples = new Dictionary<string, LayerSample>();
        var taps = new List<LayerTap>();
        foreach (var (name, module) in network.named_modules())
        {
            if (LayerRule.For(module) is { } rule)
            {
                var tap = new LayerTap(rule, (TorchSharp.torch.nn.Module<Tensor, Tensor>)module, sharing, rule.Bias is not null)
                {
                    Completed = s => samples.Add(name, new LayerSample(s.Inputs.MoveToOuterDisposeScope(), s.OutputGradients.MoveToOuterDisposeScope(), s.Batch, s.Positions)),
                };
                tap.Arm(_ => true);
                taps.Add(tap);
            }
        }

        GoldenNetwork.Loss(problem, network.call(x), y).backward();
        foreach (var tap in taps)
        {
            tap.Drain();
            tap.Dispose();
        }

        return samples;
    }
}
