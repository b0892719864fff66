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
        new Trajectory(problem, root.GetProperty("protocol"), network, optimizer, float64).Compare(root, comparison, snapshot => Compare(optimizer, snapshot, comparison));
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

    private static void Compare(SecondOrderOptimizer optimizer, JsonElement snapshot, Comparison comparison)
    {
        var step = snapshot.Integer("step");
        foreach (var layer in optimizer.Layers)
        {
            var kfac = (KfacPreconditioner)layer.Preconditioner;
            comparison.Add($"A of {layer.Name} after {step}", kfac.InputFactor, snapshot.GetProperty("K").GetProperty(layer.Name).ToTensor());
            comparison.Add($"G of {layer.Name} after {step}", kfac.OutputFactor, snapshot.GetProperty("C").GetProperty(layer.Name).ToTensor());
        }
    }
}
