using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>
/// The curvature by expand and by reduce beside the whole Gauss-Newton matrix JᵀHJ of a few rows, which has as many eigenvalues above zero as there are rows
/// times classes: those of its small twin H^½ J Jᵀ H^½, the sum of the twins of its layers' blocks.
/// </summary>
internal static class WideTruth
{
    public static void Compare(string title, nn.Module<Tensor, Tensor> model, Tensor inputs, Tensor targets)
    {
        using var scope = NewDisposeScope();
        LaplacePosterior Fit(WeightSharing sharing) =>
            LaplacePosterior.Fit(model, [(inputs, targets)], new CategoricalLikelihood(), new LaplaceOptions { Sharing = sharing });
        using var expand = Fit(WeightSharing.Expand);
        using var reduce = Fit(WeightSharing.Reduce);
        var (byExpand, byReduce) = (Blocks(expand), Blocks(reduce));
        var twins = Twins(model, inputs, targets, byExpand);
        var eigenvalues = twins.Select(Eigenvalues).ToList();
        var squares = byExpand.Select(b => b.SquaredColumns.Sum()).ToList();

        var whole = FixedPoint(Eigenvalues(twins.Aggregate((a, b) => a.add(b))), squares.Sum());
        var blocks = FixedPoint([.. eigenvalues.SelectMany(e => e)], squares.Sum());
        Console.WriteLine($"{title}, {inputs.shape[0]} digits; as given count {string.Join(", ", expand.Excluded)}");
        Console.WriteLine($"  one precision, and effective parameters: {whole.Precision:G3} and {whole.Effective:F0} by the whole matrix, {blocks.Precision:G3} and {blocks.Effective:F0} by its blocks, "
            + string.Join(", ", new[] { ("expand", expand), ("reduce", reduce) }.Select(p => (p.Item1, Found: p.Item2.Tune(PriorPrecision.Shared).Groups[0])).Select(p => $"{p.Found.Precision:G3} and {p.Found.EffectiveParameters:F0} by {p.Item1}")));

        var (ofLayers, ofExpand, ofReduce) = (FixedPoints(twins, squares), expand.Tune(PriorPrecision.PerLayer).Groups, reduce.Tune(PriorPrecision.PerLayer).Groups);
        Console.WriteLine("  one a layer, and what of it are those by the layer's block, by expand and by reduce; of the block's trace expand and reduce; of its log-determinant");
        for (var l = 0; l < twins.Count; l++)
        {
            var own = FixedPoint(eigenvalues[l], squares[l]).Precision;
            var (trace, logDeterminant) = (eigenvalues[l].Sum(), LogDeterminant(eigenvalues[l], blocks.Precision));
            Console.WriteLine($"  {ofExpand[l].Name,-28} {ofLayers[l],7:G3}: {own / ofLayers[l]:F2} {ofExpand[l].Precision / ofLayers[l]:F2} {ofReduce[l].Precision / ofLayers[l]:F2};"
                + $" {Products(byExpand[l]).Sum() / trace:F2} {Products(byReduce[l]).Sum() / trace:F2};"
                + $" {LogDeterminant(Products(byExpand[l]), blocks.Precision) / logDeterminant:F2} {LogDeterminant(Products(byReduce[l]), blocks.Precision) / logDeterminant:F2}");
        }
    }

    private static List<CurvatureBlock> Blocks(LaplacePosterior posterior) => [.. posterior.Posterior().Select(b => b.Block)];

    /// <summary>The eigenvalues of G ⊗ A.</summary>
    private static IEnumerable<double> Products(CurvatureBlock block) => block.OutputEigenvalues.SelectMany(g => block.InputEigenvalues.Select(a => g * a));

    private static double LogDeterminant(IEnumerable<double> eigenvalues, double precision) => eigenvalues.Sum(e => Math.Log(1 + e / precision));

    /// <summary>The small twin of each layer's block.</summary>
    private static List<Tensor> Twins(nn.Module<Tensor, Tensor> model, Tensor inputs, Tensor targets, List<CurvatureBlock> blocks)
    {
        var layers = blocks.Select(b => new Tensor?[] { b.Layer.Rule.Weight, b.Layer.WithBias?.Bias }.OfType<Tensor>().ToList()).ToList();
        var jacobians = layers.Select(_ => new List<Tensor>()).ToList();
        model.eval();
        for (var row = 0; row < inputs.shape[0]; row++)
        {
            using var inner = NewDisposeScope();
            var outputs = model.call(inputs.narrow(0, row, 1));
            foreach (var root in new CategoricalLikelihood().HessianRoots(outputs, targets.narrow(0, row, 1)))
            {
                var gradients = new Queue<Tensor>(autograd.grad([outputs], [.. layers.SelectMany(l => l)], [root], retain_graph: true));
                foreach (var (layer, jacobian) in layers.Zip(jacobians))
                {
                    jacobian.Add(cat(layer.Select(_ => gradients.Dequeue().flatten()).ToList(), 0).DetachFromDisposeScope());
                }
            }
        }

        return [.. jacobians.Select(rows =>
        {
            using var inner = NewDisposeScope();
            var j = stack(rows);
            rows.ForEach(g => g.Dispose());
            return j.mm(j.t()).to(float64).MoveToOuterDisposeScope();
        })];
    }

    private static double[] Eigenvalues(Tensor symmetric) => linalg.eigvalsh(symmetric).clamp(0).data<double>().ToArray();

    /// <summary>δ = γ/|θ|² with γ = Σ λ/(λ + δ).</summary>
    private static (double Effective, double Precision) FixedPoint(double[] eigenvalues, double square)
    {
        var (gamma, delta) = (0.0, 1.0);
        for (var i = 0; i < 200; i++)
        {
            gamma = eigenvalues.Sum(l => l / (l + delta));
            delta = gamma / square;
        }

        return (gamma, delta);
    }

    /// <summary>δ of each layer by the whole matrix, which takes account of what layers have in common: δ = γ/|θ|² with γ = tr(K/δ (1 + Σ K/δ)⁻¹) for the twins K.</summary>
    private static double[] FixedPoints(List<Tensor> twins, List<double> squares)
    {
        const double Still = 1e-3;
        var (deltas, moved) = (squares.Select(_ => 1.0).ToArray(), 1.0);
        while (moved > Still)
        {
            using var scope = NewDisposeScope();
            var sum = twins.Zip(deltas, (k, d) => k.Over(d)).Aggregate((a, b) => a.add(b));
            var inverse = linalg.inv(sum.add(eye(sum.shape[0], dtype: float64)));
            double[] next = [.. twins.Select((k, l) => k.mul(inverse).sum().ToDouble() / deltas[l] / squares[l])];
            moved = next.Zip(deltas, (a, b) => Math.Abs(Math.Log(a / b))).Max();
            deltas = next;
        }

        return deltas;
    }
}
