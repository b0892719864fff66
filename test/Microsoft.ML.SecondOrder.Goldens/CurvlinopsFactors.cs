using System.Text.Json;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Goldens;

/// <summary>K-FAC's factors of one batch, by the public way: forward pass, ObserveCurvature, backward pass, step.</summary>
internal static class CurvlinopsFactors
{
    public static void Compare(GoldenFile file, GoldenFile problem, Comparison comparison)
    {
        var batch = problem.Root.GetProperty("batches")[file.Root.Integer("batch_index")];
        var (x, y) = (batch.GetProperty("x").ToTensor(), batch.GetProperty("y").ToTensor());
        foreach (var item in file.Root.GetProperty("curvlinops_kfac").EnumerateArray())
        {
            using var network = GoldenNetwork.FromProblem(problem, float64);
            using var optimizer = Observed(problem, network, item, x, y);
            var isJoint = item.Flag("joint_weight_bias");
            foreach (var layer in optimizer.Layers)
            {
                var kfac = (KfacPreconditioner)layer.Preconditioner;
                var label = $"of {layer.Name}, {item.Text("fisher_type")}, {item.Text("kfac_approx")}, {(isJoint ? "joint" : "separate")}";
                var columns = layer.Preconditioner.Shape.Inputs - (layer.Preconditioner.Shape.HasBias && !isJoint ? 1 : 0);
                comparison.Add($"A {label}", kfac.InputFactor.narrow(0, 0, columns).narrow(1, 0, columns), item.GetProperty("A").GetProperty(layer.Name).ToTensor());
                if (item.Text("fisher_type") != "forward-only")
                {
                    comparison.Add($"B {label}", kfac.OutputFactor, item.GetProperty("B").GetProperty(layer.Name).ToTensor());
                }
            }
        }

        if (file.Root.Text("problem").StartsWith("deep_linear", StringComparison.Ordinal))
        {
            CompareProducts(file, problem, x, y, comparison);
        }

        if (problem.Root.GetProperty("loss").Text("type") != "ce_tokens")
        {
            CompareExactBlocks(file, problem, x, comparison);
        }
    }

    /// <summary>
    /// The exact curvature of a layer from the rows that its tap gives: Σ v vᵀ over the vectors v = Σ_r g aᵀ of each example.
    /// (Not where an example has several terms of loss, whose vectors go through the network together; nor for convolutions
    /// in groups, whose inputs are averaged.)
    /// </summary>
    private static void CompareExactBlocks(GoldenFile file, GoldenFile problem, Tensor x, Comparison comparison)
    {
        using var network = GoldenNetwork.FromProblem(problem, float64);
        var layers = network.named_modules()
            .Where(m => file.Root.GetProperty("exact_ggn_blocks").Find(m.name) is not null && m.module is not TorchSharp.Modules.Conv2d { groups: > 1 })
            .Select(m => (Name: m.name, Rule: LayerRule.For(m.module)!, Module: (TorchSharp.torch.nn.Module<Tensor, Tensor>)m.module)).ToList();
        var taps = layers.Select(l => new LayerTap(l.Rule, l.Module, WeightSharing.Expand, l.Rule.Bias is not null)).ToList();
        taps.ForEach(t => t.Arm(_ => true));
        var outputs = network.call(x);
        var loss = problem.Root.GetProperty("loss");
        var isMse = loss.Text("type") == "mse";
        var hessian = !isMse ? 1.0 / outputs.shape[0] : loss.Text("reduction") == "sum" ? 2 : 2.0 / outputs.numel();
        Likelihood likelihood = isMse ? new GaussianLikelihood() : new CategoricalLikelihood();
        var to = taps.Select(t => t.Outputs.Single()).ToList();
        var arrived = likelihood.HessianRoots(outputs).Select(r => autograd.grad([outputs], to, [r], retain_graph: true, allow_unused: true)).ToList();
        using var gradMode = no_grad();
        for (var l = 0; l < layers.Count; l++)
        {
            var sample = taps[l].Probe([.. arrived.Select(a => (IReadOnlyList<Tensor?>)[a[l]])], keeps: false)!;
            var (o, i) = (sample.OutputGradients.shape[1], sample.Inputs.shape[1]);
            var a = sample.Inputs.reshape(1, sample.Batch, -1, i).expand(sample.Vectors, -1, -1, -1);
            var g = sample.OutputGradients.reshape(sample.Vectors, sample.Batch, -1, o);
            var own = g.transpose(2, 3).matmul(a).reshape(-1, o * i); // [V·B, O·I]
            var shape = new LayerShape(layers[l].Name, o, i, layers[l].Rule.Bias is not null, float64, CPU);
            comparison.Add($"exact curvature of {layers[l].Name}", BiasLast(own.t().mm(own).mul(hessian), shape), file.Root.GetProperty("exact_ggn_blocks").GetProperty(layers[l].Name).ToTensor());
            taps[l].Dispose();
        }
    }

    /// <summary>In a deep linear network the Kronecker product is the exact curvature of a layer.</summary>
    private static void CompareProducts(GoldenFile file, GoldenFile problem, Tensor x, Tensor y, Comparison comparison)
    {
        var exact = file.Root.GetProperty("curvlinops_kfac").EnumerateArray().First(i => i.Text("fisher_type") == "type-2");
        using var network = GoldenNetwork.FromProblem(problem, float64);
        using var optimizer = Observed(problem, network, exact, x, y);
        foreach (var layer in optimizer.Layers.Where(l => file.Root.GetProperty("exact_ggn_blocks").Find(l.Name) is not null))
        {
            var kfac = (KfacPreconditioner)layer.Preconditioner;
            comparison.Add(
                $"curvature of {layer.Name}",
                BiasLast(kron(kfac.OutputFactor, kfac.InputFactor), kfac.Shape),
                file.Root.GetProperty("exact_ggn_blocks").GetProperty(layer.Name).ToTensor());
        }
    }

    /// <summary>From rows of [W b] to the weight, row by row, and then the bias.</summary>
    private static Tensor BiasLast(Tensor block, LayerShape shape)
    {
        if (!shape.HasBias)
        {
            return block;
        }

        var (o, i) = (shape.Outputs, shape.Inputs);
        var order = Enumerable.Range(0, (int)(o * i)).Select(k => (long)k).ToArray();
        var moved = tensor(order.Where(k => k % i != i - 1).Concat(order.Where(k => k % i == i - 1)).ToArray());
        return block.index_select(0, moved).index_select(1, moved);
    }

    private static SecondOrderOptimizer Observed(GoldenFile problem, GoldenNetwork network, JsonElement item, Tensor x, Tensor y)
    {
        var loss = problem.Root.GetProperty("loss");
        var (type, isSum) = (loss.Text("type"), loss.Text("reduction") == "sum");
        var isExact = item.Text("fisher_type") == "type-2";
        var options = new KfacOptions
        {
            Fisher = isExact ? FisherKind.Exact : FisherKind.Empirical,
            Sharing = item.Text("kfac_approx") == "reduce" ? WeightSharing.Reduce : WeightSharing.Expand,
            LossAverage = isSum ? LossAverage.None : type == "ce_tokens" ? LossAverage.BatchAndPositions : LossAverage.Batch,
        };
        var optimizer = new SecondOrderOptimizer(network, options, learningRate: 0);
        var outputs = network.call(x);
        var flat = outputs.reshape(-1, outputs.shape[^1]);
        if (isExact)
        {
            // PyTorch's squared loss lacks the ½ and may average over the outputs: its Hessian is 2/C or 2 times the identity.
            Likelihood likelihood = type == "mse" ? new GaussianLikelihood() : new CategoricalLikelihood();
            var hessian = type != "mse" ? 1 : isSum ? 2 : 2.0 / flat.shape[1];
            optimizer.ObserveCurvature(flat, likelihood, share: Math.Sqrt(hessian) * (isSum ? flat.shape[0] : 1));
        }

        // The reference multiplies a loss that is averaged over C outputs by √C.
        GoldenNetwork.Loss(problem, outputs, y).mul(type == "mse" && !isSum ? Math.Sqrt(flat.shape[1]) : 1).backward();
        optimizer.step();
        return optimizer;
    }
}
