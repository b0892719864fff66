using System.Globalization;
using Microsoft.ML.SecondOrder.Curvature;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// Brand new K-FACs (Puiu, 2022, arXiv 2210.08494): the largest eigenvalues of a wide dense layer's factors are carried along
/// from update to update, at a cost and, for B-KFAC, in memory that are linear in the width (Brand, 2006). Convolutions are
/// kept as by <see cref="RandomizedKfacOptions"/>.
/// </summary>
/// <remarks>
/// The work is at each update, not at each inversion: where it comes to more operations than a sketch now and then, and
/// <see cref="LowRankKfacOptions.ExactUpTo"/> leaves the choice open, the factor is sketched instead. We keep
/// <see cref="LowRankKfacOptions.Rank"/> modes after an update, the published program before it: so the state does not change its
/// size with the batch. Reconstructed from the paper; the correction by parts was not checked against the published program.
/// </remarks>
public sealed record BrandKfacOptions : LowRankKfacOptions
{
    /// <summary>How errors of the carried modes are put right. Default <see cref="BrandCorrection.None"/>.</summary>
    public BrandCorrection Correction { get; init; } = BrandCorrection.None;

    /// <summary>Corrections are made at every so many updates of the factors. Default 5; at least 1.</summary>
    public int CorrectionInterval { get; init; } = 5;

    /// <summary>Which fraction of the vectors <see cref="BrandCorrection.Part"/> corrects. Default 0.2; above 0 and up to 1.</summary>
    public double CorrectedPart { get; init; } = 0.2;

    /// <summary>A batch of more rows is replaced by so many random mixtures of them, whose outer products are the same in the mean. Default 256; at least 1.</summary>
    public int MaximumRows { get; init; } = 256;

    internal override CurvatureFactor CreateWide(FactorShape shape, LayerShape layer) =>
        layer.KernelSize is null && (ExactUpTo is not null || LowRankCosts.Carried(this, shape.Size) <= LowRankCosts.Sketched(this, shape.Size))
            ? new BrandFactor(shape, this)
            : new RandomizedFactor(shape, this);

    internal override IEnumerable<string> Problems()
    {
        foreach (var problem in base.Problems())
        {
            yield return problem;
        }

        if (!Enum.IsDefined(Correction))
        {
            yield return $"{nameof(Correction)} must be a value of {nameof(BrandCorrection)}, but is {Correction}.";
        }

        if (CorrectionInterval < 1 || MaximumRows < 1)
        {
            yield return $"{nameof(CorrectionInterval)} and {nameof(MaximumRows)} must be at least 1, but are {CorrectionInterval} and {MaximumRows}.";
        }

        if (!(CorrectedPart > 0 && CorrectedPart <= 1))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(CorrectedPart)} must lie in (0, 1], but is {CorrectedPart}.");
        }
    }
}
