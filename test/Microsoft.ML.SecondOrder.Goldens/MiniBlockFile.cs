using System.Text.Json;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Preconditioners;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Goldens;

/// <summary>Mini-blocks from their definitions: of a dense layer with a bias in both groupings, and of a convolution after two batches.</summary>
internal static class MiniBlockFile
{
    public static void Run(JsonElement inputs, JsonElement expected, Comparison comparison)
    {
        Dense(inputs, expected, comparison, MiniBlockGrouping.Outputs, "all_to_one");
        Dense(inputs, expected, comparison, MiniBlockGrouping.Inputs, "one_to_all");
        Convolution(inputs, expected, comparison);
    }

    private static void Dense(JsonElement inputs, JsonElement expected, Comparison comparison, MiniBlockGrouping grouping, string name)
    {
        var (x, g) = (inputs.Numbers("x"), inputs.Numbers("gy_per_sample"));
        var rows = x.shape[0];
        var a = cat([x, ones(new[] { rows, 1 }, float64)], 1);
        var shape = new LayerShape("dense", g.shape[1], a.shape[1], true, float64, CPU);
        using var method = new MiniBlockPreconditioner(new MiniBlockOptions { Damping = inputs.Number("lam"), Grouping = grouping }, shape);
        method.Observe(new LayerSample(a, g.div(rows), rows, 1));
        method.Refresh(0, 1);
        comparison.Add($"{name} blocks", method.Blocks, expected.Numbers($"fc_blocks_{name}"));
        comparison.Add($"{name} direction", method.Precondition(g.t().mm(a).div(rows)), expected.Numbers($"fc_direction_{name}"));
    }

    /// <summary>The gradients of the examples are given, where the method forms them of rows; the average has the plain weight β.</summary>
    private static void Convolution(JsonElement inputs, JsonElement expected, Comparison comparison)
    {
        var (first, second) = (inputs.Numbers("conv_per_sample_grads_1"), inputs.Numbers("conv_per_sample_grads_2")); // [N, O, C, kh, kw]
        var (o, c, kernel) = (first.shape[1], first.shape[2], first.shape[3] * first.shape[4]);
        var layout = new MiniBlockLayout(new LayerShape("convolution", o, c * kernel, false, float64, CPU) { KernelSize = kernel }, MiniBlockGrouping.Shared);
        var (beta, damping) = (inputs.Number("beta"), inputs.Number("lam"));
        Tensor Mean(Tensor gradients) => layout.Moments(gradients.reshape(-1, o, c * kernel)).div(gradients.shape[0]);

        var blocks = Mean(first).mul(beta).add(Mean(second).mul(1 - beta));
        var direction = layout.Direction(second.mean(new long[] { 0 }).reshape(o, -1), Factorizations.DampedInverse(blocks, damping, "blocks"), null, damping);

        comparison.Add("kernel blocks", blocks, expected.Numbers("conv_blocks_after_ema").reshape(-1, kernel, kernel));
        comparison.Add("kernel direction", direction.reshape(second.shape[1..]), expected.Numbers("conv_direction"));
    }
}
