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

        Dense("A_dense", a);
        Dense("P_dense", p);
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

        void Dense(string name, StructuredMatrix matrix)
        {
            if (item.Find(name) is { } expected)
            {
                comparison.Add(name, matrix.ToDense(), expected.ToTensor());
            }
        }

        void Stored(string name, StructuredMatrix matrix)
        {
            // In the order of the part's letter, as A, B, C of [A B; 0 C]; empty parts are sometimes left out.
            if (item.Find(name + "_components") is not { } components)
            {
                return; // the files of large matrices leave some out
            }

            var expected = components.EnumerateObject()
                .OrderBy(c => c.Name.Split('.')[^1], StringComparer.Ordinal)
                .Select(c => c.Value.ToTensor())
                .Where(t => t.numel() > 0)
                .ToList();
            var actual = matrix.Tensors.Where(t => t.numel() > 0).ToList();
            comparison.Add($"{name}, number of stored tensors", actual.Count, expected.Count);
            foreach (var (i, (mine, theirs)) in actual.Zip(expected).Index())
            {
                comparison.Add($"{name}, stored tensor {i}", mine, theirs);
            }
        }
    }
}
