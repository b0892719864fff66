using System.Text.Json;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Goldens;

/// <summary>Files of methods that see one parameter's gradients.</summary>
internal static class ParameterMethodFiles
{
    public static void Shampoo(JsonElement inputs, JsonElement expected, Comparison comparison)
    {
        var variants = new (string Name, Grafting Grafting, double? Exponent)[]
        {
            ("direction", Grafting.None, null), ("grafted_adagrad", Grafting.AdaGrad, null), ("grafted_sgd", Grafting.Sgd, null), ("half_power", Grafting.None, 0.5),
        };
        var gradients = inputs.GetProperty("grads").EnumerateArray().Select(g => g.Numbers()).ToList();
        var epsilon = inputs.Number("eps");
        foreach (var (name, grafting, exponent) in variants)
        {
            var options = new ShampooOptions
            {
                FactorDecay = inputs.Find("beta")?.GetDouble(), Epsilon = epsilon, Grafting = grafting, Exponent = exponent, UpdateInterval = 1, LargestMergedAxis = 1,
            };
            using var method = options.Create(Shape(gradients[0].shape));
            for (var step = 0; step < gradients.Count; step++)
            {
                comparison.Add($"{name} {step}", method.Precondition(gradients[step], step, 0), expected.GetProperty("steps")[step].Numbers(name));
            }

            foreach (var (factor, n) in new[] { ("L", 0), ("R", 1) })
            {
                var ours = method.State[$"L0.{n}"][0];
                comparison.Add(factor, ours.add(eye(ours.shape[0], dtype: float64).mul(epsilon)), expected.Numbers(factor)); // there ε is where the sum begins
            }
        }
    }

    public static void Soap(JsonElement inputs, JsonElement expected, Comparison comparison)
    {
        var options = new SoapOptions { Beta1 = inputs.Number("b1"), Beta2 = inputs.Number("b2"), Epsilon = inputs.Number("eps"), BasisInterval = inputs.Integer("freq") };
        var weight = inputs.Numbers("W");
        using var method = options.Create(Shape(weight.shape));
        var step = 0;
        foreach (var gradient in inputs.GetProperty("grads").EnumerateArray().Select(g => g.Numbers()))
        {
            weight = weight.sub(method.Precondition(gradient, step, 0).mul(inputs.Number("lr")));
            comparison.Add($"W after {step}", weight, expected.GetProperty("W_after_each_call")[step++].Numbers());
        }

        comparison.Add("L", method.State["L0"][0], expected.Numbers("L"));
        comparison.Add("R", method.State["L1"][0], expected.Numbers("R"));
    }

    /// <summary>Gradients of single examples: the method sees their sum over the batch, the formulas also each of them.</summary>
    public static void Tnt(JsonElement inputs, JsonElement expected, Comparison comparison)
    {
        var batches = new[] { inputs.Numbers("grads_batch1"), inputs.Numbers("grads_batch2") }; // [B, O, I]
        var (direction, beta, damping) = (inputs.Numbers("direction_in"), inputs.Number("beta"), inputs.Number("lam"));
        var options = new TntOptions { FactorDecay = beta, Damping = damping, CovarianceInterval = 1, InverseInterval = 1 };
        using var method = options.Create(Shape(direction.shape));
        for (var step = 0; step < batches.Length; step++)
        {
            method.ObserveSample(batches[step].mean(new long[] { 0 }), batches[step].shape[0]);
            var actual = method.Precondition(direction, step, 0);
            if (step == 1)
            {
                comparison.Add("direction of the sum", actual, expected.GetProperty("batch_sum").Numbers("direction"));
            }
        }

        for (var n = 0; n < 2; n++)
        {
            comparison.Add($"U{n} of the sum", method.State[$"U{n}"][0], expected.GetProperty("batch_sum").GetProperty("U")[n].Numbers());
        }

        var single = expected.GetProperty("per_sample");
        Tensor Covariance(int n) => batches
            .Select(b => Enumerable.Range(0, (int)b.shape[0]).Select(i => TntMath.Covariance(b[i], n, 1)).Aggregate((x, y) => x.add(y)).div(b.shape[0]))
            .Aggregate((x, y) => x.mul(beta).add(y.mul(1 - beta)));
        var covariances = new[] { Covariance(0), Covariance(1) };
        comparison.Add("U0", covariances[0], single.GetProperty("U")[0].Numbers());
        comparison.Add("U1", covariances[1], single.GetProperty("U")[1].Numbers());
        var inverses = TntMath.Inverses(covariances, direction.shape, covariances[0].diagonal().sum().ToDouble(), damping, "w");
        comparison.Add("direction", TntMath.Direction(direction, inverses), single.Numbers("direction"));
    }

    private static ParameterShape Shape(long[] sizes) => new("w", sizes, float64, CPU);
}
