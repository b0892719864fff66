using System.Text.Json;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Goldens;

/// <summary>Ten steps of the K-FAC that the SINGD paper compares with: losses, weights and factors.</summary>
internal static class KfacTrajectory
{
    public static Comparison Run(GoldenFile file)
    {
        var root = file.Root;
        using var problem = file.OpenProblem();
        var comparison = file.NewComparison();
        var hyper = root.GetProperty("hyper");
        if (hyper.Number("weight_decay") != 0)
        {
            throw new SkipException("that program's own schedule of weight decay is not built");
        }

        using var network = GoldenNetwork.FromProblem(problem, float64);
        using var optimizer = new SecondOrderOptimizer(network, Options(hyper), hyper.Number("lr"), hyper.Number("momentum"));
        var batches = problem.Root.GetProperty("batches").EnumerateArray().ToList();
        var losses = root.GetProperty("losses").EnumerateArray().Select(l => l.GetDouble()).ToList();
        var snapshots = root.GetProperty("snapshots").EnumerateArray().ToDictionary(s => s.Integer("step"));
        for (var step = 0; step < losses.Count; step++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var loss = GoldenNetwork.Loss(problem, network.call(batches[step].GetProperty("x").ToTensor()), batches[step].GetProperty("y").ToTensor());
            loss.backward();
            optimizer.step();
            comparison.Add($"loss {step}", loss.detach().ToDouble(), losses[step]);
            if (snapshots.TryGetValue(step + 1, out var snapshot))
            {
                Compare(network, optimizer, snapshot, comparison);
            }
        }

        return comparison;
    }

    private static KfacOptions Options(JsonElement hyper) => new()
    {
        Damping = hyper.Number("damping"),
        DampingKind = hyper.Flag("use_eign") ? KfacDamping.Product : KfacDamping.EachFactor,
        FactorDecay = hyper.Number("stat_decay"),
        Start = FactorStart.Identity,
        CovarianceInterval = hyper.Integer("TCov"),
        InverseInterval = hyper.Integer("TInv"),
        EagerSteps = 1,
        PositionsInOutputs = true,
    };

    private static void Compare(GoldenNetwork network, SecondOrderOptimizer optimizer, JsonElement snapshot, Comparison comparison)
    {
        var step = snapshot.Integer("step");
        var parameters = network.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        foreach (var entry in snapshot.GetProperty("params").EnumerateObject())
        {
            comparison.Add($"{entry.Name} after {step}", parameters[entry.Name].detach(), entry.Value.ToTensor());
        }

        foreach (var layer in optimizer.Layers)
        {
            var kfac = (KfacPreconditioner)layer.Preconditioner;
            comparison.Add($"A of {layer.Name} after {step}", kfac.InputFactor, snapshot.GetProperty("K").GetProperty(layer.Name).ToTensor());
            comparison.Add($"G of {layer.Name} after {step}", kfac.OutputFactor, snapshot.GetProperty("C").GetProperty(layer.Name).ToTensor());
        }
    }
}
