using System.Text.Json;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Goldens;

/// <summary>Every operation of a matrix pattern on small matrices.</summary>
internal static class StructureOperations
{
    public static Comparison Run(GoldenFile file)
    {
        var pattern = GoldenPatterns.Find(file.Root.Text("structure"));
        var comparison = file.NewComparison();
        foreach (var item in file.Root.GetProperty("cases").EnumerateArray())
        {
            RunCase(pattern, item, comparison);
        }

        return comparison;
    }

    private static void RunCase(MatrixPattern pattern, JsonElement item, Comparison comparison)
    {
        var dimension = item.Integer("dim");
        var x = item.GetProperty("X").ToTensor();
        var a = pattern.Project(item.GetProperty("M_A").ToTensor());
        var b = pattern.Project(item.GetProperty("M_B").ToTensor());
        var p = a.Times(b);
        var identity = pattern.Identity(dimension, float64, CPU);

        comparison.Add("A", a.ToDense(), item.GetProperty("A_dense").ToTensor());
        comparison.Add("P", p.ToDense(), item.GetProperty("P_dense").ToTensor());
        comparison.Add("P X", p.Times(x), item.GetProperty("P_times_X").ToTensor());
        comparison.Add("Pᵀ X", p.TransposeTimes(x), item.GetProperty("PT_times_X").ToTensor());
        comparison.Add("average trace", p.AverageTrace().ToDouble(), item.Number("average_trace_P"));
        comparison.Add("Frobenius norm", p.FrobeniusNorm().ToDouble(), item.Number("frobenius_P"));
        comparison.Add("largest entry", p.MaxAbs().ToDouble(), item.Number("max_abs_P"));
        Stored("A", a);
        Stored("B", b);
        Stored("P", p);
        Stored("sum", a.Plus(b));
        Stored("scaled", a.Scaled(-1.75));
        Stored("inner_I", p.Gram());
        Stored("inner_X", p.Gram(x));
        Stored("mat_inner_X", pattern.ProjectGram(x));
        Stored("P_plus_0.625I", p.PlusIdentity(0.625));
        Stored("I_minus_0.25P", identity.Plus(p, -0.25));
        Stored("eye", identity);

        void Stored(string name, StructuredMatrix matrix)
        {
            var expected = item.GetProperty(name + "_components").EnumerateObject().Select(c => c.Value.ToTensor()).ToList();
            for (var i = 0; i < expected.Count; i++)
            {
                comparison.Add($"{name}, stored tensor {i}", matrix.Tensors[i], expected[i]);
            }
        }
    }
}
