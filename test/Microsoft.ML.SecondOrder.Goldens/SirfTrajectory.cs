using System.Globalization;
using System.Text.Json;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Goldens;

/// <summary>Ten steps of SIRFShampoo: losses, weights, factors and momenta.</summary>
internal static class SirfTrajectory
{
    public static Comparison Run(GoldenFile file)
    {
        var root = file.Root;
        using var problem = file.OpenProblem();
        var comparison = file.NewComparison();
        using var network = GoldenNetwork.FromProblem(problem, float64);
        using var optimizer = new SecondOrderOptimizer(network, Groups(root.GetProperty("hyper"), root.GetProperty("protocol")));
        new Trajectory(problem, root.GetProperty("protocol"), network, optimizer, float64)
            .Compare(root, comparison, snapshot => CompareState(optimizer, snapshot, comparison));
        return comparison;
    }

    private static List<LayerGroup> Groups(JsonElement hyper, JsonElement protocol)
    {
        var common = hyper.EnumerateObject().ToDictionary(p => p.Name, p => p.Value);
        if (protocol.Find("groups") is not { } groups)
        {
            return [Group(common, protocol, null)];
        }

        return [.. groups.EnumerateArray().Select(g =>
        {
            var values = new Dictionary<string, JsonElement>(common);
            foreach (var entry in g.EnumerateObject())
            {
                values[entry.Name] = entry.Value;
            }

            return Group(values, protocol, [.. g.GetProperty("layers").EnumerateArray().Select(l => l.GetString()!)]);
        })];
    }

    private static LayerGroup Group(Dictionary<string, JsonElement> h, JsonElement protocol, string[]? layers)
    {
        var options = new SirfShampooOptions
        {
            FactorRate = h["beta2"].GetDouble(),
            FactorMomentum = h["alpha2"].GetDouble(),
            Damping = h["lam"].GetDouble(),
            Updates = h["T"].ValueKind == JsonValueKind.Number
                ? h["T"].GetInt32()
                : UpdateSchedule.At([.. h["T"].GetProperty("at_steps").EnumerateArray().Select(s => s.GetInt64())]),
            BatchSize = protocol.Find("batch_size")?.GetInt32(),
            JoinBiases = protocol.Find("combine")?.GetString() == "linear_weight_bias",
        };
        return new LayerGroup(WithPatterns(options, h["structures"]))
        {
            Layers = layers, LearningRate = h["lr"].GetDouble(), Momentum = h["alpha1"].GetDouble(), WeightDecay = h["kappa"].GetDouble(),
        };
    }

    private static SirfShampooOptions WithPatterns(SirfShampooOptions options, JsonElement structures)
    {
        if (structures.ValueKind == JsonValueKind.String)
        {
            return options with { Pattern = GoldenPatterns.Find(structures.GetString()!) };
        }

        return options with
        {
            PatternsByAxes = structures.EnumerateObject().ToDictionary(s => int.Parse(s.Name, CultureInfo.InvariantCulture), IReadOnlyList<MatrixPattern> (s) =>
                s.Value.ValueKind == JsonValueKind.String
                    ? [.. Enumerable.Repeat(GoldenPatterns.Find(s.Value.GetString()!), int.Parse(s.Name, CultureInfo.InvariantCulture))]
                    : [.. s.Value.EnumerateArray().Select(p => GoldenPatterns.Find(p.GetString()!))]),
        };
    }

    private static void CompareState(SecondOrderOptimizer optimizer, JsonElement snapshot, Comparison comparison)
    {
        foreach (var part in optimizer.Parts)
        {
            var method = (SirfShampooPreconditioner)part.Preconditioner;
            var names = new[] { part.Name, $"{part.Name}+{part.Name.Replace(".weight", ".bias", StringComparison.Ordinal)}" };
            foreach (var (key, matrices) in new[] { ("K", method.Factors), ("m_K", method.Momenta) })
            {
                for (var n = 0; n < matrices.Count; n++)
                {
                    if (names.Select(name => snapshot.Find(key)?.Find($"{name}#{n}")).FirstOrDefault(e => e is not null) is { } expected)
                    {
                        comparison.Add($"{key} {n} of {part.Name}", matrices[n].ToDense(), expected.ToTensor());
                    }
                }
            }

            if (snapshot.Find("momentum")?.Find(part.Name)?.ToTensor() is { } momentum && part.Momentum is { } buffer)
            {
                var own = buffer.numel() == momentum.numel() ? buffer : buffer.narrow(1, 0, buffer.shape[1] - 1); // [W b]
                comparison.Add($"momentum of {part.Name}", own.reshape(momentum.shape), momentum);
            }
        }
    }
}
