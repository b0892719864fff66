using System.Text.Json;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Goldens;

/// <summary>Files on methods that work on the rows of a batch.</summary>
internal static class SampleRowFiles
{
    public static void Seng(JsonElement inputs, JsonElement expected, Comparison comparison)
    {
        var (x, g) = (inputs.Numbers("x"), inputs.Numbers("gy"));
        var a = cat([x, ones(new[] { x.shape[0], 1 }, float64)], 1);
        foreach (var (name, outer) in new[] { ("direction", false), ("approx_implicit", true) })
        {
            var options = new SengOptions { Damping = inputs.Number("lam"), OuterProduct = outer };
            using var seng = new SengPreconditioner(options, new LayerShape("layer", g.shape[1], a.shape[1], true, float64, CPU));
            seng.Observe(new LayerSample(a, g, a.shape[0], 1));
            seng.Refresh(0, 1);
            comparison.Add("gram", seng.State["gram"][0], expected.Numbers("gram"));
            comparison.Add(name, seng.Precondition(g.t().mm(a)), expected.Numbers(name));
        }
    }

    /// <summary>Rows are given for each example's own loss: m times ours.</summary>
    public static void Fngd(JsonElement inputs, JsonElement expected, Comparison comparison)
    {
        var (a, g) = (inputs.Numbers("a"), inputs.Numbers("g_per_sample").div(inputs.Numbers("a").shape[0]));
        var (a2, g2) = (inputs.Numbers("a2"), inputs.Numbers("g2").div(a.shape[0]));
        var options = new FngdOptions { Damping = inputs.Number("lam"), LearningSteps = 1 };
        using var fngd = new FngdPreconditioner(options, new LayerShape("layer", g.shape[1], a.shape[1], false, float64, CPU));
        comparison.Add("direction", Step(fngd, 0, a, g), expected.Numbers("direction"));
        comparison.Add("coefficients", fngd.State["coefficients"][0], expected.Numbers("coefficients"));
        comparison.Add("direction with kept coefficients", Step(fngd, 1, a2, g2), expected.Numbers("direction_reusing_coefficients"));
    }

    public static void Cgfac(JsonElement inputs, JsonElement expected, Comparison comparison)
    {
        var (a, gradient) = (inputs.Numbers("a"), inputs.Numbers("grad"));
        var g = inputs.Numbers("g").div(a.shape[0]);
        foreach (var (name, curvature) in new[] { ("kron_iterates", CgfacCurvature.Kronecker), ("fisher_iterates", CgfacCurvature.Block) })
        {
            var iterates = expected.GetProperty(name).EnumerateArray().Select(i => i.Numbers()).ToList();
            for (var count = 1; count <= iterates.Count; count++)
            {
                comparison.Add($"{name} {count}", Solution(count, curvature, WarmStart: false), iterates[count - 1]);
            }
        }

        comparison.Add("solution", Solution(100, CgfacCurvature.Kronecker, WarmStart: true), expected.Numbers("kron_exact"));

        Tensor Solution(int iterations, CgfacCurvature curvature, bool WarmStart)
        {
            var options = new CgfacOptions { Damping = inputs.Number("lam"), Curvature = curvature, Iterations = iterations, Tolerance = 1e-14, Diagonal = WarmStart, WarmStart = WarmStart };
            using var method = new CgfacPreconditioner(options, new LayerShape("layer", g.shape[1], a.shape[1], false, float64, CPU));
            method.Observe(new LayerSample(a, g, a.shape[0], 1));
            method.Refresh(0, 1);
            return method.Precondition(gradient);
        }
    }

    private static Tensor Step(FngdPreconditioner fngd, long step, Tensor a, Tensor g)
    {
        fngd.Observe(new LayerSample(a, g, a.shape[0], 1));
        fngd.Refresh(step, 1);
        return fngd.Precondition(g.t().mm(a));
    }
}
