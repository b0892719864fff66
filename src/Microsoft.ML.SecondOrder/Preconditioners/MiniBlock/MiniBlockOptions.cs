using System.Globalization;
using Microsoft.ML.SecondOrder.Curvature;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// Mini-block Fisher (MBF: Bahamou, Goldfarb and Ren, 2022, arXiv 2202.04124): the curvature of a layer as many small blocks
/// F = E[v vᵀ], one for each kernel of a convolution, and the direction (F + λI)⁻¹ v block by block, in batched operations: little
/// more than a first-order step.
/// </summary>
/// <remarks>
/// Written from the blocks' definitions: there is no public program to compare with, and that the blocks of a dense layer are
/// averaged (<see cref="MiniBlockGrouping.Shared"/>), intervals, damping and what the moments are taken of were not checked against
/// the paper; hence they are options. A convolution's bias is a block of one number for each output. An example with several
/// positions has one gradient, the sum over its positions. Momentum and weight decay are the optimizer's.
/// </remarks>
public sealed record MiniBlockOptions : LayerPreconditionerOptions
{
    /// <summary>λ, added to each block. Unit: curvature. Default 1e-3; must be above 0.</summary>
    public double Damping { get; init; } = 1e-3;

    /// <summary>The blocks of dense layers. Default <see cref="MiniBlockGrouping.Shared"/>.</summary>
    public MiniBlockGrouping Grouping { get; init; } = MiniBlockGrouping.Shared;

    /// <summary>What the blocks are moments of. Default <see cref="MiniBlockMoments.Examples"/>.</summary>
    public MiniBlockMoments Moments { get; init; } = MiniBlockMoments.Examples;

    /// <summary>ρ, how much of the running averages an update keeps. Default 0.9; from 0 to below 1.</summary>
    public double FactorDecay { get; init; } = 0.9;

    /// <summary>The blocks are updated at every so many steps, the first included. Default 10; at least 1.</summary>
    public int CovarianceInterval { get; init; } = 10;

    /// <summary>The blocks are inverted at every so many steps, the first included. Default 50; at least 1.</summary>
    public int InverseInterval { get; init; } = 50;

    /// <summary>At so many steps in the beginning everything is renewed whatever the intervals. Default 3; at least 1.</summary>
    public int EagerSteps { get; init; } = 3;

    /// <summary>Over what the loss is averaged. Default <see cref="LossAverage.Batch"/>.</summary>
    public LossAverage LossAverage { get; init; } = LossAverage.Batch;

    internal override LayerPreconditioner Create(LayerShape shape) => new MiniBlockPreconditioner(this, shape);

    internal override IEnumerable<string> Problems()
    {
        foreach (var problem in CommonProblems())
        {
            yield return problem;
        }

        if (Sharing == WeightSharing.Reduce)
        {
            yield return $"{nameof(Sharing)} must be {nameof(WeightSharing.Expand)}: the examples' gradients need all positions.";
        }

        if (Moments == MiniBlockMoments.BatchGradient && Fisher != FisherKind.Empirical)
        {
            yield return $"{nameof(Fisher)} must be {nameof(FisherKind.Empirical)} with {nameof(Moments)} of the {nameof(MiniBlockMoments.BatchGradient)}, which is the loss's.";
        }

        if (!(Damping > 0 && double.IsFinite(Damping)))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(Damping)} must be above 0 and finite, but is {Damping}.");
        }

        if (!(FactorDecay >= 0 && FactorDecay < 1))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(FactorDecay)} must lie in [0, 1), but is {FactorDecay}.");
        }

        foreach (var (name, value) in new[] { (nameof(CovarianceInterval), CovarianceInterval), (nameof(InverseInterval), InverseInterval), (nameof(EagerSteps), EagerSteps) })
        {
            if (value < 1)
            {
                yield return $"{name} must be at least 1, but is {value}.";
            }
        }

        if (!Enum.IsDefined(Grouping) || !Enum.IsDefined(Moments) || !Enum.IsDefined(LossAverage))
        {
            yield return $"{nameof(Grouping)}, {nameof(Moments)} and {nameof(LossAverage)} must be values of their types, but are {Grouping}, {Moments} and {LossAverage}.";
        }
    }
}
