using Microsoft.ML.SecondOrder.Curvature;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// Tensor normal training (TNT: Ren and Goldfarb, 2021, arXiv 2106.02925): models a parameter's gradient under the model's own
/// distribution as a tensor-normal variable, whose covariance has one matrix U for each of the k axes; direction V with the
/// inverse of U on every axis.
/// </summary>
/// <remarks>
/// The matrices come from a gradient for labels that are drawn from the model (<c>SecondOrderOptimizer.ObserveCurvature</c>, one
/// more backward pass at every <see cref="CovarianceInterval"/>-th step), summed over the batch: unbiased, since such gradients
/// have the mean 0. Scale and damping follow the rule that all U have one trace t: F ≈ t^(1−k) U₁ ⊗ … ⊗ U_k, and λ is split
/// among the axes by their mean eigenvalues; the paper's own damping could not be checked. A dense layer's weight and bias
/// are one matrix. Momentum and weight decay are the group's.
/// </remarks>
public sealed record TntOptions : ParameterPreconditionerOptions
{
    /// <summary>
    /// Whose gradients make the matrices: <see cref="FisherKind.Sampled"/>, the default, or <see cref="FisherKind.Empirical"/>, those of
    /// the loss, which need no call of <c>ObserveCurvature</c>.
    /// </summary>
    public FisherKind Fisher { get; init; } = FisherKind.Sampled;

    /// <summary>λ, added to the curvature. Unit: curvature. Default 1e-2; above 0.</summary>
    public double Damping { get; init; } = 1e-2;

    /// <summary>β, how much of the running means an update keeps; the first batch is taken whole. Default 0.9; in [0, 1).</summary>
    public double FactorDecay { get; init; } = 0.9;

    /// <summary>The matrices are renewed at every so many steps, the first included. Default 10; at least 1.</summary>
    public int CovarianceInterval { get; init; } = 10;

    /// <summary>Their inverses are renewed at every so many steps, the first included. Default 10; at least 1.</summary>
    public int InverseInterval { get; init; } = 10;

    /// <summary>The longest axis that gets a matrix; longer ones count as having equal eigenvalues. Default 4096; at least 1.</summary>
    public int LargestFactor { get; init; } = 4096;

    /// <summary>B, over how many examples the loss is averaged; only for <see cref="FisherKind.Empirical"/>. Default null: counted at each step.</summary>
    public int? BatchSize { get; init; }

    internal override bool JoinsBiases => true;

    internal override bool NeedsExamples => Fisher == FisherKind.Empirical && BatchSize is null;

    internal override ParameterPreconditioner Create(ParameterShape shape) => new TntPreconditioner(this, shape);

    internal override IEnumerable<string> Problems() => Sentences(
        Fisher is FisherKind.Sampled or FisherKind.Empirical ? null : $"{nameof(Fisher)} must be {nameof(FisherKind.Sampled)} or {nameof(FisherKind.Empirical)}, but is {Fisher}.",
        AboveZero(nameof(Damping), Damping),
        BelowOne(nameof(FactorDecay), FactorDecay),
        AtLeastOne(nameof(CovarianceInterval), CovarianceInterval),
        AtLeastOne(nameof(InverseInterval), InverseInterval),
        AtLeastOne(nameof(LargestFactor), LargestFactor),
        AtLeastOne(nameof(BatchSize), BatchSize));
}
