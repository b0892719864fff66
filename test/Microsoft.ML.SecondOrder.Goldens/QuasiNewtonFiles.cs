using System.Text.Json;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Preconditioners;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Goldens;

/// <summary>Files on the two sides of K-BFGS.</summary>
internal static class QuasiNewtonFiles
{
    /// <summary>Doubly damped updates of H_g by given pairs.</summary>
    public static void Outputs(JsonElement inputs, JsonElement expected, Comparison comparison)
    {
        var shape = new LayerShape("layer", inputs.Integer("n"), 1, false, float64, CPU);
        using var side = new KbfgsOutputs(new KbfgsOptions(), shape, float64);
        foreach (var (pair, reference) in inputs.GetProperty("steps").EnumerateArray().Zip(expected.GetProperty("steps").EnumerateArray()))
        {
            var (s, y, isUsed) = side.Learn(pair.Numbers("s"), pair.Numbers("y"), pair.Numbers("mean_grad"), inputs.Number("epsilon"));
            comparison.Add("s", s, reference.Numbers("s_damped"));
            comparison.Add("y", y, reference.Numbers("y_damped"));
            comparison.Add("use", isUsed ? 0 : 1, Math.Min(1, reference.Integer("status")));
            comparison.Add("H_g", side.Apply(eye(shape.Outputs, dtype: float64)), reference.Numbers("H"));
        }
    }

    /// <summary>Updates of H_a by the action of the running average A.</summary>
    public static void Inputs(JsonElement inputs, JsonElement expected, Comparison comparison)
    {
        var batches = inputs.GetProperty("h").EnumerateArray().Select(h => h.Numbers()).ToList();
        var shape = new LayerShape("layer", 1, batches[0].shape[1], true, float64, CPU);
        using var side = new KbfgsInputs(new KbfgsOptions(), shape, float64);
        for (var step = 0; step < batches.Count; step++)
        {
            using var pass = new KbfgsPass();
            var zeros = Zeros(batches[step].shape[0]);
            pass.Add(new LayerSample(batches[step], zeros, batches[step].shape[0], 1) { OutputMean = Zeros(1).squeeze(1) }, keepsInputs: true);
            side.Update(pass, inputs.Number("lam"), isFirst: step == 0);
            var reference = expected.GetProperty("steps")[step];
            comparison.Add($"A at {step}", side.State.Single(p => p.Item1 == "A").Item2, reference.Numbers("A"));
            comparison.Add($"H_a at {step}", side.Inverse, reference.Numbers("H"));
        }
    }

    private static TorchSharp.torch.Tensor Zeros(long rows) => zeros(new[] { rows, 1 }, float64);
}
