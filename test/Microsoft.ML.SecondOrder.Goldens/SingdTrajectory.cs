using System.Text.Json;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Goldens;

/// <summary>Ten steps of SINGD (or of INGD, which is dense SINGD): losses, weights, factors and momenta.</summary>
internal static class SingdTrajectory
{
    public static Comparison Run(GoldenFile file)
    {
        var root = file.Root;
        RefuseUnfit(root);
        using var problem = file.OpenProblem();
        var comparison = file.NewComparison();
        var protocol = root.GetProperty("protocol");
        var type = protocol.Find("dtype")?.GetString() is { } name ? Type(name) : float64;
        using var network = GoldenNetwork.FromProblem(problem, type);
        FreezeUncovered(network);
        using var optimizer = new SecondOrderOptimizer(network, Groups(root.GetProperty("hyper"), protocol, root.Text("algorithm")));
        var run = new Trajectory(problem, protocol, network, optimizer, type);
        run.Compare(root, comparison, snapshot => CompareState(optimizer, snapshot, comparison));
        return comparison;
    }

    private static void RefuseUnfit(JsonElement root)
    {
        var algorithm = root.Text("algorithm");
        if (algorithm is not ("SINGD" or "INGD" or "IKFAC"))
        {
            throw new SkipException($"the method '{algorithm}' is not built yet");
        }

        if (algorithm == "INGD" && root.GetProperty("hyper").Number("weight_decay") != 0)
        {
            throw new SkipException("INGD's own schedule of weight decay is not built");
        }
    }

    private static void FreezeUncovered(nn.Module network)
    {
        foreach (var (_, module) in network.named_modules())
        {
            if (module is TorchSharp.Modules.LayerNorm)
            {
                foreach (var parameter in module.parameters())
                {
                    parameter.requires_grad = false;
                }
            }
        }
    }

    private static ScalarType Type(string name) => name switch
    {
        "float32" => float32,
        "float64" => float64,
        "bfloat16" => bfloat16,
        _ => throw new SkipException($"the type '{name}' is not built yet"),
    };

    private static List<LayerGroup> Groups(JsonElement hyper, JsonElement protocol, string algorithm)
    {
        var common = Values(hyper);
        if (protocol.Find("groups") is not { } groups)
        {
            return [Group(common, protocol, algorithm)];
        }

        return [.. groups.EnumerateArray().Select(g =>
        {
            var values = new Dictionary<string, JsonElement>(common);
            foreach (var (key, value) in Values(g))
            {
                values[key] = value;
            }

            return Group(values, protocol, algorithm) with { Layers = [.. g.GetProperty("layers").EnumerateArray().Select(l => l.GetString()!)] };
        })];
    }

    private static Dictionary<string, JsonElement> Values(JsonElement element) => element.EnumerateObject().ToDictionary(p => p.Name, p => p.Value);

    private static LayerGroup Group(Dictionary<string, JsonElement> h, JsonElement protocol, string algorithm)
    {
        var options = algorithm == "INGD" ? Ingd(h) : Singd(h, protocol);
        return new LayerGroup(options)
        {
            LearningRate = h["lr"].GetDouble(),
            Momentum = h["momentum"].GetDouble(),
            WeightDecay = h["weight_decay"].GetDouble(),
        };
    }

    /// <summary>The original INGD: its factor rate is 2e-4 for the first hundred steps, whatever the file says.</summary>
    private static SingdOptions Ingd(Dictionary<string, JsonElement> h) => new()
    {
        Damping = h["damping"].GetDouble(),
        FactorMomentum = h["beta2"].GetDouble(),
        UpdateInterval = h["TCov"].GetInt32(),
        FactorRate = 2e-4,
    };

    private static SingdOptions Singd(Dictionary<string, JsonElement> h, JsonElement protocol)
    {
        var like = h["kfac_like"].GetBoolean();
        var types = protocol.Find("preconditioner_dtype")?.EnumerateArray().Select(t => t.GetString()).ToArray();
        return new SingdOptions
        {
            Inputs = GoldenPatterns.Find(h["structures"][0].GetString()!),
            Outputs = GoldenPatterns.Find(h["structures"][1].GetString()!),
            Damping = h["damping"].GetDouble(),
            FactorMomentum = like ? 0 : h["alpha1"].GetDouble(),
            FactorRate = Rate(h["lr_cov"]),
            UpdateInterval = h["T"].GetInt32(),
            KfacLike = like,
            NormalizeFactorStep = h["normalize_lr_cov"].GetBoolean(),
            Sharing = h["kfac_approx"].GetString() == "reduce" ? WeightSharing.Reduce : WeightSharing.Expand,
            LossAverage = h["loss_average"].ValueKind == JsonValueKind.Null ? LossAverage.None
                : h["loss_average"].GetString() == "batch" ? LossAverage.Batch : LossAverage.BatchAndPositions,
            MicroBatches = MicroBatches.Summed,
            InputType = types?[0] is { } first ? Type(first) : null,
            OutputType = types?[1] is { } second ? Type(second) : null,
        };
    }

    private static Schedule Rate(JsonElement rate) => rate.ValueKind == JsonValueKind.Number
        ? rate.GetDouble()
        : rate.Text("kind") == "linear_warmup"
            ? Schedule.LinearWarmup(rate.Number("value"), rate.Integer("steps"))
            : throw new SkipException($"the schedule '{rate.Text("kind")}' is not built yet");

    private static void CompareState(SecondOrderOptimizer optimizer, JsonElement snapshot, Comparison comparison)
    {
        foreach (var layer in optimizer.Layers)
        {
            var preconditioner = (SingdPreconditioner)layer.Preconditioner;
            foreach (var (name, matrix) in preconditioner.Matrices)
            {
                if (snapshot.Find(name)?.Find(layer.Name) is { } expected)
                {
                    comparison.Add($"{name} of {layer.Name} after {snapshot.Integer("step")}", matrix.ToDense(), expected.ToTensor());
                }
            }

            CompareMomentum(layer, snapshot, comparison);
        }
    }

    private static void CompareMomentum(OptimizedLayer layer, JsonElement snapshot, Comparison comparison)
    {
        if (snapshot.Find("momentum") is not { } momentum || layer.Momentum is not { } buffer)
        {
            return;
        }

        var shape = layer.Preconditioner.Shape;
        var columns = shape.Inputs - (shape.HasBias ? 1 : 0);
        if (momentum.Find(layer.Name + ".weight")?.ToTensor() is not { } weight)
        {
            return; // a run without momentum
        }

        comparison.Add($"momentum of {layer.Name}.weight", buffer.narrow(1, 0, columns), weight.reshape(shape.Outputs, columns));
        if (shape.HasBias)
        {
            comparison.Add($"momentum of {layer.Name}.bias", buffer.select(1, columns), momentum.GetProperty(layer.Name + ".bias").ToTensor());
        }
    }
}
