using System.Globalization;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// Sketchy empirical natural gradient (SENG: Yang, Xu, Wen, Chen and Xu, 2020, arXiv 2006.05924): direction (λI + UᵀU)⁻¹ V for
/// the gradient V and the gradients U of the single examples of one batch, by the Sherman-Morrison-Woodbury formula:
/// (V − Uᵀ (λI + U Uᵀ)⁻¹ U V) / λ. Solves with one matrix of the batch's size; linear in the layer's width.
/// </summary>
/// <remarks>
/// UᵀU is the curvature of the mean loss as <see cref="LayerPreconditionerOptions.Fisher"/> says, of one batch, without a running
/// average. U Uᵀ is computed from inputs and output gradients, exactly; columns are left out only where
/// <see cref="SketchColumns"/> asks for it. The published code also replaces the positions of wide convolutions by 16 singular
/// vectors, which is not needed here. Its numbers were read, not run.
/// </remarks>
public sealed record SengOptions : LayerPreconditionerOptions
{
    /// <summary>λ, added to the curvature. Unit: curvature. Default 0.1 (published: 2 for CIFAR-10, 0.17 for ImageNet); must be above 0.</summary>
    public double Damping { get; init; } = 0.1;

    /// <summary>The batch that makes up the curvature is renewed at every so many steps, the first included. Default 10 (published: 200 and more); at least 1.</summary>
    public int UpdateInterval { get; init; } = 10;

    /// <summary>
    /// How many columns of U make up U Uᵀ and U V where a layer has more weights (published: 65536), drawn without replacement and
    /// scaled to the whole. Default null: all of them; at least 1.
    /// </summary>
    public int? SketchColumns { get; init; }

    /// <summary>
    /// Whether Uᵀ v is replaced by the product of two weighted means, (Σ √|v| g)(Σ v a)ᵀ / Σ √|v|, as the published code does for
    /// layers of more than a million weights. Default false.
    /// </summary>
    public bool OuterProduct { get; init; }

    internal override LayerPreconditioner Create(Curvature.LayerShape shape) => new SengPreconditioner(this, shape);

    internal override IEnumerable<string> Problems()
    {
        foreach (var problem in CommonProblems())
        {
            yield return problem;
        }

        if (!(Damping > 0 && double.IsFinite(Damping)))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(Damping)} must be above 0 and finite, but is {Damping}.");
        }

        if (UpdateInterval < 1)
        {
            yield return $"{nameof(UpdateInterval)} must be at least 1, but is {UpdateInterval}.";
        }

        if (SketchColumns is { } columns && columns < 1)
        {
            yield return $"{nameof(SketchColumns)} must be at least 1, or null for all columns, but is {columns}.";
        }
    }
}
