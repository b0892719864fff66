using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>
/// The network's outputs for some rows, linear in the weights: f + J(w − θ). One output's gradients are propagated at a time, and
/// the Jacobian [B, C, P] is never formed: per layer, [B, O] and [B, I] stand for it. Borrows posterior and model.
/// </summary>
internal sealed class LinearizedOutputs(
    nn.Module<Tensor, Tensor> model, IReadOnlyList<(LayerTap Tap, IReadOnlyList<PosteriorBlock> Blocks)> layers) : PredictiveOutputs
{
    public override (Tensor Mean, Tensor Variance) Variances(Tensor x)
    {
        using var scope = NewDisposeScope();
        var columns = new List<Tensor>();
        var mean = EachOutput(x, (_, parts) => columns.Add(parts.Select(p => p.Variance()).Aggregate((a, b) => a.Plus(b)).MoveToOuterDisposeScope()));
        return (mean.MoveToOuterDisposeScope(), stack(columns, 1).MoveToOuterDisposeScope());
    }

    public override (Tensor Mean, Tensor Covariance) Covariances(Tensor x)
    {
        using var scope = NewDisposeScope();
        var rows = new List<List<Tensor>>();
        var mean = EachOutput(x, (_, parts) => rows.Add([.. parts.Select(p => p.Rows().MoveToOuterDisposeScope())]));
        Tensor? covariance = null;
        for (var part = 0; part < rows[0].Count; part++)
        {
            var all = stack([.. rows.Select(r => r[part])], 1); // [B, C, D]
            var term = all.bmm(all.transpose(1, 2));
            covariance = covariance is null ? term : covariance.Plus(term);
        }

        return (mean.MoveToOuterDisposeScope(), covariance!.MoveToOuterDisposeScope());
    }

    public override Tensor Samples(Tensor x, long draws, Generator generator)
    {
        using var scope = NewDisposeScope();
        var (columns, noises) = (new List<Tensor>(), new List<Tensor>());
        var mean = EachOutput(x, (output, parts) =>
        {
            Tensor? sum = null;
            for (var p = 0; p < parts.Count; p++)
            {
                if (output == 0)
                {
                    noises.Add(Noise(parts[p].NoiseShape(draws), generator, x.device).MoveToOuterDisposeScope());
                }

                var term = parts[p].Draws(noises[p]); // [S, B]
                sum = sum is null ? term : sum.Plus(term);
            }

            columns.Add(sum!.MoveToOuterDisposeScope());
        });
        return stack(columns, 2).Plus(mean.to(float64).unsqueeze(0)).MoveToOuterDisposeScope();
    }

    /// <summary>Propagates each output's gradients to the layers, and shows what they are made of in each block.</summary>
    /// <returns>f, in the caller's scope.</returns>
    private Tensor EachOutput(Tensor x, Action<long, IReadOnlyList<Part>> visit)
    {
        using var mode = new EvaluationMode(model);
        var outputs = CurvatureSum.Outputs(model, x, layers.Select(l => l.Tap));
        Require(outputs);
        if (layers.All(l => l.Tap.Outputs.Count == 0))
        {
            throw new InvalidOperationException("No layer was reached. Reach layers with call(), not forward(): TorchSharp runs hooks only in call().");
        }

        var tapped = layers.Select(l => l.Tap.Outputs).ToList();
        var to = tapped.SelectMany(t => t).ToList();
        var inputs = new Dictionary<PosteriorBlock, Tensor>();
        for (var c = 0L; c < outputs.shape[1]; c++)
        {
            using var scope = NewDisposeScope();
            var unit = Likelihoods.Likelihood.UnitColumn(outputs, c);
            var arrived = autograd.grad([outputs], to, [unit], retain_graph: true, allow_unused: true);
            using var gradMode = no_grad();
            var (parts, start) = (new List<Part>(), 0);
            for (var l = 0; l < layers.Count; l++)
            {
                var vectors = arrived.Skip(start).Take(tapped[l].Count).Select(g => g is null || g.IsInvalid ? null : g).ToList();
                start += tapped[l].Count;
                if (vectors.Count > 0 && layers[l].Tap.Probe([vectors], keeps: true) is { } sample)
                {
                    RequireExamples(sample, layers[l].Blocks[0].Block.Layer.Name);
                    parts.AddRange(layers[l].Blocks.Select(b => new Part(b, sample, inputs)));
                }
            }

            visit(c, parts);
        }

        foreach (var (tap, _) in layers)
        {
            tap.Forget();
        }

        foreach (var variances in inputs.Values)
        {
            variances.Dispose();
        }

        return outputs.detach();
    }

    internal static void RequireExamples(LayerSample sample, string layer)
    {
        if (sample.Inputs.shape[0] != sample.Batch * sample.Positions)
        {
            throw new ArgumentException($"Predictions need layers that see as many examples at each use, but '{layer}' is used for different numbers of them.");
        }
    }

    /// <summary>What one block contributes to one output.</summary>
    private sealed class Part(PosteriorBlock block, LayerSample sample, Dictionary<PosteriorBlock, Tensor> inputs)
    {
        private bool IsPlain => sample.Positions == 1;

        /// <summary>[B]</summary>
        public Tensor Variance()
        {
            using var scope = NewDisposeScope();
            var variance = IsPlain ? block.Along(sample.OutputGradients).square().mul(Inputs()).sum(dim: 1L) : block.Rows(sample).square().sum(dim: 1L);
            return variance.MoveToOuterDisposeScope();
        }

        /// <summary>[B, D] whose products with those of other outputs are covariances.</summary>
        public Tensor Rows()
        {
            using var scope = NewDisposeScope();
            return (IsPlain ? block.Along(sample.OutputGradients).mul(Inputs().sqrt()) : block.Rows(sample)).MoveToOuterDisposeScope();
        }

        /// <summary>Normal numbers: for each draw, of each row where they are few, else the same for all rows.</summary>
        public long[] NoiseShape(long draws) => IsPlain
            ? [draws, sample.Batch, block.Block.Outputs]
            : [draws, 1, (long)block.Block.Outputs * block.Block.Inputs];

        /// <summary>[S, B]</summary>
        public Tensor Draws(Tensor noise)
        {
            using var scope = NewDisposeScope();
            var rows = Rows();
            var draws = IsPlain ? noise.mul(rows.unsqueeze(0)).sum(dim: 2L) : noise.squeeze(1).mm(rows.t());
            return draws.MoveToOuterDisposeScope();
        }

        /// <summary>The same for all outputs, and computed for the first.</summary>
        private Tensor Inputs()
        {
            if (!inputs.TryGetValue(block, out var variances))
            {
                variances = block.InputVariances(sample.Inputs).DetachFromDisposeScope();
                inputs.Add(block, variances);
            }

            return variances;
        }
    }
}
