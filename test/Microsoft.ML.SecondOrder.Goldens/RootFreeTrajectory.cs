using System.Text.Json;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Goldens;

/// <summary>Ten steps of the root-free methods and of the rooted ones beside them: losses, weights and state.</summary>
internal static class RootFreeTrajectory
{
    /// <summary>The names of the state's parts in the files.</summary>
    private static readonly Dictionary<string, string> _parts = new()
    {
        ["square_avg"] = "square", ["exp_avg_sq"] = "square", ["exp_avg"] = "mean",
    };

    public static Comparison Run(GoldenFile file)
    {
        var root = file.Root;
        using var problem = file.OpenProblem();
        var comparison = file.NewComparison();
        using var network = GoldenNetwork.FromProblem(problem, float64);
        var hyper = root.GetProperty("hyper");
        using var optimizer = new SecondOrderOptimizer(
            network, Options(root), hyper.Number("lr"), hyper.Find("momentum")?.GetDouble() ?? 0, hyper.Number("weight_decay"));
        var run = new Trajectory(problem, root.GetProperty("protocol"), network, optimizer, float64);
        run.Compare(root, comparison, snapshot => CompareState(root, optimizer, snapshot, comparison));
        return comparison;
    }

    private static ParameterPreconditionerOptions Options(JsonElement root)
    {
        var hyper = root.GetProperty("hyper");
        int? batch = hyper.Find("batch_averaged")?.GetBoolean() == false || hyper.Find("dummy_scaling")?.GetBoolean() == true
            ? 1 : root.GetProperty("protocol").Find("batch_size")?.GetInt32();
        var startsAtZero = hyper.Find("dummy_init")?.GetBoolean() == true;
        return root.Text("algorithm") switch
        {
            "RF-RMSProp" => new RootFreeRmsPropOptions { Alpha = hyper.Number("alpha"), Epsilon = hyper.Number("eps"), BatchSize = batch, StartsAtZero = startsAtZero },
            "RF-AdamW" => new RootFreeAdamWOptions
            {
                Beta1 = hyper.Number("beta1"), Beta2 = hyper.Number("beta2"), Epsilon = hyper.Number("eps"), BatchSize = batch,
                StartsAtZero = startsAtZero, BiasCorrection = hyper.Find("bias_correction")?.GetBoolean() == true,
            },
            "IF-Shampoo" => new IfShampooOptions
            {
                Damping = hyper.Number("damping"), FactorRate = hyper.Number("lr_cov"), FactorMomentum = hyper.Number("beta2"), UpdateInterval = hyper.Integer("T"), BatchSize = batch,
            },
            "AdamW" => new AdamWOptions { Beta1 = hyper.Number("beta1"), Beta2 = hyper.Number("beta2"), Epsilon = hyper.Number("eps") },
            "RMSprop" => new RmsPropOptions { Alpha = hyper.Number("alpha"), Epsilon = hyper.Number("eps") },
            var other => throw new SkipException($"the method '{other}' is not built yet"),
        };
    }

    private static void CompareState(JsonElement root, SecondOrderOptimizer optimizer, JsonElement snapshot, Comparison comparison)
    {
        foreach (var (part, method) in optimizer.Parts.Select(p => (p.Name, p.Preconditioner as SirfShampooPreconditioner)).Where(p => p.Item2 is not null))
        {
            // There axes are counted from the last, and those of length 1 keep a factor of one number.
            var factors = method!.Factors.Reverse().Select((k, n) => (Name: $"{part}_dim-{n + 1}", Factor: k));
            foreach (var (name, factor) in factors.Where(f => snapshot.Find("K")?.Find(f.Name) is not null))
            {
                comparison.Add($"K of {name}", factor.ToDense(), snapshot.GetProperty("K").GetProperty(name).ToTensor());
            }
        }

        if (snapshot.Find("state") is not { } state)
        {
            return;
        }

        var batch = Options(root) switch { RootFreeRmsPropOptions o => o.BatchSize ?? 1, RootFreeAdamWOptions o => o.BatchSize ?? 1, _ => 1 };
        foreach (var part in optimizer.Parts)
        {
            if (state.Find("momentum_buffer")?.Find(part.Name) is { } momentum)
            {
                comparison.Add($"momentum of {part.Name}", part.Momentum!, momentum.ToTensor());
            }

            foreach (var (theirs, ours) in _parts)
            {
                if (state.Find(theirs)?.Find(part.Name) is { } expected)
                {
                    // We keep F·s where they keep s.
                    comparison.Add($"{theirs} of {part.Name}", part.Preconditioner.State[ours][0].div(ours == "square" ? batch : 1), expected.ToTensor());
                }
            }
        }
    }
}
