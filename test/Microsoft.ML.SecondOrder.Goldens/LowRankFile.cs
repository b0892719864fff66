using System.Text.Json;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Goldens;

/// <summary>Files on spectra of which only the largest part is kept; vectors are compared by the matrices that they make up.</summary>
internal static class LowRankFile
{
    /// <summary>Both sketches, for given random numbers, and the inverse without continuation of the spectrum.</summary>
    public static void Sketches(JsonElement inputs, JsonElement expected, Comparison comparison)
    {
        var (m, omega, g, damping) = (inputs.Numbers("M"), inputs.Numbers("Omega"), inputs.Numbers("G"), inputs.Number("lam"));
        var (rank, iterations) = (inputs.Integer("rank"), inputs.Integer("niter"));
        foreach (var (name, spectrum) in new[]
        {
            ("rsvd", RandomizedSpectrum.BySingularValues(m, omega, iterations, rank, "M")),
            ("sre", RandomizedSpectrum.ByEigenvalues(m, omega, iterations, rank, "M")),
        })
        {
            comparison.Add($"{name} values", spectrum.Values.flip(0), expected.Numbers($"{name}_s"));
            comparison.Add($"{name} matrix", Product(spectrum), expected.Numbers($"{name}_M"));
            comparison.Add($"{name} applied", Applied(spectrum, 0, damping, g), expected.Numbers($"{name}_applied"));
        }

        var exact = Factorizations.Eigen(m, damping, "M");
        comparison.Add("exact applied", Applied(exact, 0, damping, g), expected.Numbers("exact_applied"));
    }

    /// <summary>The published program crops the old modes before the update; ours the new ones after it, as the file's truncated values. Damping and continuation as published.</summary>
    public static void BrandUpdate(JsonElement inputs, JsonElement expected, Comparison comparison)
    {
        var (rank, decay) = (inputs.Integer("r_target"), inputs.Number("rho"));
        var (values, vectors, rows) = (inputs.Numbers("D"), inputs.Numbers("U"), inputs.Numbers("A"));
        var columns = rows.mul(Math.Sqrt(1 - decay));
        var first = values.shape[0] - rank;

        var before = BrandMath.Update(values.narrow(0, first, rank), vectors.narrow(1, first, rank), decay, columns, rank + rows.shape[1], "M");
        comparison.Add("values", before.Values, expected.Numbers("D_new"));
        comparison.Add("matrix", Product(before), expected.Numbers("M_new"));

        var after = BrandMath.Update(values, vectors, decay, columns, rank, "M");
        comparison.Add("truncated values", after.Values, expected.Numbers("D_truncated"));
        comparison.Add("truncated matrix", Product(after), expected.Numbers("M_truncated"));

        var damping = (inputs.Number("lam") * before.Values[-1].ToDouble()) + Math.Pow(decay, inputs.Integer("n_kfactor_updates"));
        comparison.Add("damping", damping, expected.Number("lam_eff"));
        comparison.Add("applied", Applied(before, before.Values[0].ToDouble(), damping, inputs.Numbers("G")), expected.Numbers("applied_left"));
    }

    /// <summary>The vectors to correct are given.</summary>
    public static void BrandCorrection(JsonElement inputs, JsonElement expected, Comparison comparison)
    {
        var corrected = BrandMath.Correct(inputs.Numbers("d"), inputs.Numbers("Q"), inputs.Numbers("M"), inputs.Numbers("indices").to(int64), "M");
        comparison.Add("values", corrected.Values, expected.Numbers("d_new"));
        comparison.Add("matrix", Product(corrected), expected.Numbers("M_new"));
    }

    private static Tensor Product((Tensor Values, Tensor Vectors) spectrum) => spectrum.Vectors.mul(spectrum.Values).mm(spectrum.Vectors.t());

    private static Tensor Applied((Tensor Values, Tensor Vectors) spectrum, double rest, double damping, Tensor right) =>
        LowRankPlusDiagonal.Inverse(spectrum.Values, spectrum.Vectors, rest, damping).FromRight(right.t()).t();
}
