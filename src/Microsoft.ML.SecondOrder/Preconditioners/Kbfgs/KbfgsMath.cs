using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>The formulas of K-BFGS; see <see cref="KbfgsOptions"/>. Vectors are [D].</summary>
internal static class KbfgsMath
{
    /// <summary>Pairs with s·y up to this share of |s|²·|gradient| are not used.</summary>
    private const double LeastShare = 1e-4;

    /// <summary>
    /// Powell's damping on H (Goldfarb et al., 2020, algorithm 2): where s·y ≤ μ y·Hy, s ← θs + (1−θ)Hy with
    /// θ = (1−μ) y·Hy / (y·Hy − s·y), which makes s·y = μ y·Hy.
    /// </summary>
    public static Tensor PowellDamped(Tensor s, Tensor y, Tensor hy, double share)
    {
        var (sy, yhy) = (Dot(s, y), Dot(y, hy));
        return sy > share * yhy || yhy - sy == 0 ? s : Blend(s, hy, (1 - share) * yhy / (yhy - sy));
    }

    /// <summary>
    /// Levenberg-Marquardt damping (the same, algorithm 3): where s·y ≤ ε s·s, y ← θy + (1−θ)s with θ = (1−ε) s·s / (s·s − s·y),
    /// which makes s·y = ε s·s. From ε = 1 on, where that would turn y around, with 2εs in place of s.
    /// </summary>
    public static Tensor CurvatureDamped(Tensor s, Tensor y, double least)
    {
        var (sy, ss) = (Dot(s, y), Dot(s, s));
        var target = least < 1 ? 1 : 2 * least;
        return sy > least * ss || target * ss - sy == 0 ? y : Blend(y, s.Times(target), (target - least) * ss / (target * ss - sy));
    }

    /// <summary>Whether a pair can be used: s·y is positive, finite, and not negligible against the gradient.</summary>
    public static bool IsUsable(Tensor s, Tensor y, Tensor? gradient)
    {
        var sy = Dot(s, y);
        var least = gradient is null ? 0 : LeastShare * Dot(s, s) * Math.Sqrt(Dot(gradient, gradient));
        return sy > 0 && sy > least && double.IsFinite(1 / sy);
    }

    public static bool IsFinite(Tensor s, Tensor y) => double.IsFinite(Dot(s, s)) && double.IsFinite(Dot(y, y));

    /// <summary>H + (ρ² y·Hy + ρ) s sᵀ − ρ (s (Hy)ᵀ + Hy sᵀ) with ρ = 1/s·y: BFGS for the inverse, H y = s afterwards. [D, D].</summary>
    public static Tensor Updated(Tensor h, Tensor s, Tensor y)
    {
        using var scope = NewDisposeScope();
        var hy = h.mv(y);
        var rho = 1 / Dot(s, y);
        var cross = s.outer(hy);
        var next = h
            .Plus(s.outer(s), rho * (rho * Dot(y, hy) + 1))
            .Minus(cross.Plus(cross.t()).Times(rho));
        return next.Plus(next.t()).Times(0.5).MoveToOuterDisposeScope(); // rounding would make H lose its symmetry
    }

    /// <summary>
    /// H V for the H that BFGS updates of the identity by m pairs give (Byrd, Nocedal and Schnabel, 1994, theorem 2.2):
    /// V + Sᵀ R⁻ᵀ [(D + Y Yᵀ) R⁻¹ S V − Y V] − Yᵀ R⁻¹ S V, with R the upper triangle of S Yᵀ and D its diagonal.
    /// </summary>
    /// <param name="v">[D, M].</param>
    /// <param name="s">One pair a row, oldest first: [m, D].</param>
    /// <param name="y">[m, D].</param>
    public static Tensor Compact(Tensor v, Tensor s, Tensor y)
    {
        using var scope = NewDisposeScope();
        if (s.shape[0] == 0)
        {
            return v.clone().MoveToOuterDisposeScope();
        }

        var r = s.mm(y.t()).triu();
        var rsv = linalg.solve_triangular(r, s.mm(v), upper: true); // R⁻¹ S V
        var inner = r.diagonal().unsqueeze(1).mul(rsv).Plus(y.mm(y.t().mm(rsv))).Minus(y.mm(v));
        var left = linalg.solve_triangular(r.t(), inner, upper: false);
        return v.Plus(s.t().mm(left)).Minus(y.t().mm(rsv)).MoveToOuterDisposeScope();
    }

    /// <summary>θx + (1−θ)z.</summary>
    private static Tensor Blend(Tensor x, Tensor z, double theta) => x.Times(theta).Plus(z, 1 - theta);

    private static double Dot(Tensor x, Tensor z)
    {
        using var product = x.dot(z);
        return product.ToDouble();
    }
}
