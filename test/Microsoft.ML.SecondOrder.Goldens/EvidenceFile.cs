using System.Text.Json;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Goldens;

/// <summary>Evidence, its gradients and its predictions; there, weights and biases are blocks of their own.</summary>
internal static class EvidenceFile
{
    public static void Evidence(JsonElement inputs, JsonElement expected, Comparison comparison)
    {
        using var network = new ListedNetwork(inputs.GetProperty("layers"));
        using var posterior = Posterior(network, inputs);
        CompareFactors(posterior, expected, comparison);

        var evidence = posterior.Evidence();
        comparison.Add("evidence", evidence.LogMarginalLikelihood, expected.Number("log_marginal_likelihood"));
        comparison.Add("log-likelihood", evidence.LogLikelihood, expected.Number("log_likelihood"));
        comparison.Add("log determinant of the posterior", evidence.LogDeterminantPosterior, expected.Number("log_det_posterior_precision"));
        comparison.Add("log determinant of the prior", evidence.LogDeterminantPrior, expected.Number("log_det_prior_precision"));
        comparison.Add("scatter", evidence.Scatter, expected.Number("scatter"));

        // The reference's gradient is in the precision's logarithm.
        comparison.Add("gradient in log δ", tensor(evidence.Groups.Select(g => g.LogPrecisionGradient).ToArray()), expected.Numbers("grad_log_prior_precision"));
        if (expected.Find("grad_log_sigma") is { } noiseGradient)
        {
            comparison.Add("gradient in log σ", tensor(new[] { evidence.LogNoiseGradient }), noiseGradient.Numbers());
        }

        CompareAscent(posterior, expected, comparison);
    }

    /// <summary>One block with a precision for each column, whose factors are given.</summary>
    public static void Ard(JsonElement inputs, JsonElement expected, Comparison comparison)
    {
        var weight = inputs.Numbers("W");
        using var layer = nn.Linear(weight.shape[1], weight.shape[0], hasBias: false, dtype: float64);
        using (no_grad())
        {
            layer.weight.copy_(weight);
        }

        using var block = CurvatureBlock.Of(new Optimizers.ModelLayer("layer", layer, LayerRule.For(layer)!), inputs.Numbers("A"), inputs.Numbers("G"));
        var model = new EvidenceModel([block], new DataFit(new CategoricalLikelihood(), 0, 1, 1 / inputs.Number("h")), PriorLayout.Of(PriorPrecision.PerInput, [block]));
        var precisions = inputs.Numbers("log_d").exp().data<double>().ToArray();
        var evidence = model.At(precisions, 1);
        comparison.Add("value", evidence.LogMarginalLikelihood, expected.Number("value"));
        comparison.Add("log determinant", evidence.LogDeterminantPosterior, expected.Number("logdet"));
        comparison.Add("gradient", tensor(evidence.Groups.Select(g => g.LogPrecisionGradient).ToArray()), expected.Numbers("grad_log_d"));
    }

    public static void Predictive(JsonElement inputs, JsonElement expected, Comparison comparison)
    {
        using var network = new ListedNetwork(inputs.GetProperty("layers"));
        using var posterior = Posterior(network, inputs);
        var x = inputs.Numbers("X_test");
        var (mean, covariance) = posterior.PredictJointly(x);
        comparison.Add("outputs", mean, expected.Numbers("f_mean"));
        comparison.Add("covariances", covariance, expected.Numbers("f_cov"));
        comparison.Add("variances", posterior.Predict(x).Variance, expected.Numbers("f_cov").diagonal(0, 1, 2));
        comparison.Add("probabilities", posterior.PredictProbabilities(x), expected.Numbers("probit_probs"));

        var (roots, start, vector) = (new List<Tensor>(), 0L, inputs.Numbers("vector"));
        foreach (var block in posterior.Posterior())
        {
            var (rows, columns) = (block.Block.Outputs, block.Block.Inputs);
            roots.Add(block.RootTimes(vector.narrow(0, start, rows * columns).reshape(rows, columns)).flatten());
            start += rows * columns;
        }

        comparison.Add("root of the covariance", cat(roots, 0), expected.Numbers("inverse_sqrt_times_vector"));
    }

    private static LaplacePosterior Posterior(ListedNetwork network, JsonElement inputs)
    {
        var isRegression = inputs.Text("likelihood") == "regression";
        var (x, y) = (inputs.Numbers("X"), isRegression ? inputs.Numbers("y") : inputs.Numbers("y").to(int64));
        Likelihood likelihood = isRegression ? new GaussianLikelihood() : new CategoricalLikelihood();
        var options = new LaplaceOptions { SeparatesBias = true, Sharing = WeightSharing.Expand, Temperature = inputs.Find("temperature")?.GetDouble() ?? 1 };
        var size = inputs.Find("batch_size")?.GetInt64() ?? 3;
        var batches = Enumerable.Range(0, (int)((x.shape[0] + size - 1) / size)).Select(b => (Start: b * size, Count: Math.Min(size, x.shape[0] - b * size)));
        var posterior = LaplacePosterior.Fit(network, batches.Select(b => (x.narrow(0, b.Start, b.Count), y.narrow(0, b.Start, b.Count))), likelihood, options);
        var precisions = inputs.Numbers("prior_precision").data<double>().ToArray();
        posterior.HyperParameters = new HyperParameters(precisions.Length == 1 ? PriorPrecision.Shared : PriorPrecision.PerTensor, [.. precisions], inputs.Number("sigma_noise"));
        return posterior;
    }

    /// <summary>Factors and eigenvalues: of a weight G and A, of a bias G.</summary>
    private static void CompareFactors(LaplacePosterior posterior, JsonElement expected, Comparison comparison)
    {
        var blocks = posterior.Posterior().Select(b => b.Block).ToList();
        for (var b = 0; b < blocks.Count; b++)
        {
            var (block, values) = (blocks[b], expected.GetProperty("eigenvalues")[b]);
            comparison.Add($"eigenvalues of G, block {b}", tensor(block.OutputEigenvalues), values[0].Numbers());
            if (values.GetArrayLength() > 1)
            {
                comparison.Add($"eigenvalues of A, block {b}", tensor(block.InputEigenvalues), values[1].Numbers());
                comparison.Add($"A, block {b}", block.InputFactor, expected.GetProperty("kron_factors")[b][1].Numbers());
            }
        }
    }

    private static void CompareAscent(LaplacePosterior posterior, JsonElement expected, Comparison comparison)
    {
        var steps = expected.GetProperty("hyper_adam_lr0.1_5steps").EnumerateArray().ToList();
        var places = new EvidenceTuner().Ascent(posterior.Model(posterior.HyperParameters.Prior), posterior.HyperParameters, steps.Count).ToList();
        for (var s = 0; s < steps.Count; s++)
        {
            comparison.Add($"evidence before step {s}", -places[s].LogMarginalLikelihood, steps[s].Number("neg_log_marglik"));
            var after = places[s + 1].HyperParameters;
            comparison.Add($"log δ after step {s}", tensor(after.Precisions.Select(Math.Log).ToArray()), steps[s].Numbers("log_prior_precision_after"));
            if (steps[s].Find("log_sigma_after") is { } noise)
            {
                comparison.Add($"log σ after step {s}", tensor(new[] { Math.Log(after.Noise) }), noise.Numbers());
            }
        }
    }
}
