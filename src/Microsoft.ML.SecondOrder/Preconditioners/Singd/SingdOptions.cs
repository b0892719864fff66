using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// Structured inverse-free natural gradient descent (Lin, Dangel, Eschenhagen, Neklyudov, Kristiadi, Turner and Makhzani,
/// 2023, arXiv 2312.05705): keeps structured factors K and C whose product (K Kᵀ) ⊗ (C Cᵀ) tracks the inverse curvature
/// of each layer without an inverse, root or decomposition.
/// </summary>
public sealed record SingdOptions : LayerPreconditionerOptions
{
    /// <summary>The pattern of K, the factor of the layer's inputs. Default dense.</summary>
    public MatrixPattern Inputs { get; init; } = MatrixPattern.Dense;

    /// <summary>The pattern of C, the factor of the layer's output gradients. Default dense.</summary>
    public MatrixPattern Outputs { get; init; } = MatrixPattern.Dense;

    /// <summary>λ, added to the curvature inside the factors' update only. Unit: curvature. Default 1e-3; must be at least 0.</summary>
    public double Damping { get; init; } = 1e-3;

    /// <summary>β₁, the step size of the factors; may be a schedule. No unit. Default 1e-2; must be at least 0.</summary>
    public Schedule FactorRate { get; init; } = 1e-2;

    /// <summary>α₁, the heavy-ball momentum of the factors' update. Default 0.5; from 0 to below 1. Must be 0 with <see cref="KfacLike"/>, where null chooses it.</summary>
    public double? FactorMomentum { get; init; }

    /// <summary>T: the factors are updated at every T-th step, the first included. Default 10; at least 1.</summary>
    public int UpdateInterval { get; init; } = 10;

    /// <summary>
    /// Whether to leave out the adaptive coupling of the two factors (IKFAC): then K Kᵀ follows the damped inverse of
    /// classic K-FAC's running average to first order in β₁. Default false.
    /// </summary>
    public bool KfacLike { get; init; }

    /// <summary>Whether each factor's step is divided by the largest entry of its momentum where that exceeds 1. Default false.</summary>
    public bool NormalizeFactorStep { get; init; }

    /// <summary>
    /// Whether the factors start at the scale of the first batch, K = C = (t̄r(H_K)·t̄r(H_C) + λ)^(−1/4)·I with average traces t̄r, instead of at
    /// the identity, from which a few dozen updates hardly move them. With <see cref="KfacLike"/>, whose factors know nothing of each other,
    /// K = (t̄r(H_K) + λ)^(−1/2)·I and C likewise. Default false, as in the paper.
    /// </summary>
    public bool ScaledStart { get; init; }

    /// <summary>Over what the loss is averaged. Default <see cref="LossAverage.Batch"/>.</summary>
    public LossAverage LossAverage { get; init; } = LossAverage.Batch;

    /// <summary>
    /// How the micro-batches of one step (gradient accumulation) count. Default <see cref="MicroBatches.Weighted"/>.
    /// </summary>
    public MicroBatches MicroBatches { get; init; } = MicroBatches.Weighted;

    /// <summary>The type of K and its momentum; null takes the weight's. bfloat16 halves memory and time where the processor supports it.</summary>
    public torch.ScalarType? InputType { get; init; }

    /// <summary>The type of C and its momentum; null takes the weight's.</summary>
    public torch.ScalarType? OutputType { get; init; }

    /// <summary>α₁ with its default filled in.</summary>
    internal double Momentum => FactorMomentum ?? (KfacLike ? 0 : 0.5);

    internal override LayerPreconditioner Create(LayerShape shape) => new SingdPreconditioner(this, shape);

    internal override IEnumerable<string> Problems()
    {
        foreach (var problem in CommonProblems())
        {
            yield return problem;
        }

        if (Inputs is null || Outputs is null || FactorRate is null)
        {
            yield return $"{nameof(Inputs)}, {nameof(Outputs)} and {nameof(FactorRate)} must not be null.";
            yield break;
        }

        if (!(Damping >= 0) || double.IsInfinity(Damping))
        {
            yield return $"{nameof(Damping)} must be at least 0 and finite, but is {Damping}.";
        }

        if (!(FactorRate.At(0) >= 0) || double.IsInfinity(FactorRate.At(0)))
        {
            yield return $"{nameof(FactorRate)} must be at least 0 and finite, but is {FactorRate.At(0)}.";
        }

        if (!(Momentum >= 0 && Momentum < 1))
        {
            yield return $"{nameof(FactorMomentum)} must lie in [0, 1), but is {Momentum}.";
        }

        if (KfacLike && Momentum != 0)
        {
            yield return $"{nameof(FactorMomentum)} must be 0 or null with {nameof(KfacLike)}, but is {Momentum}.";
        }

        if (UpdateInterval < 1)
        {
            yield return $"{nameof(UpdateInterval)} must be at least 1, but is {UpdateInterval}.";
        }
    }
}
