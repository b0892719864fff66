using Microsoft.ML.SecondOrder.Curvature;

namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>How the curvature of a trained network is taken.</summary>
public sealed record LaplaceOptions
{
    /// <summary>Default the exact generalised Gauss-Newton matrix: one backward pass an output.</summary>
    public FisherKind Fisher { get; init; } = FisherKind.Exact;

    /// <summary>Drawn targets a row for the sampled Fisher matrix. Default 1; at least 1.</summary>
    public int Draws { get; init; } = 1;

    /// <summary>Where the draws begin. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// How layers that act at several positions of an example are approximated. Default <see cref="WeightSharing.Reduce"/>, for
    /// networks that give one prediction an example; <see cref="WeightSharing.Expand"/> for one a position.
    /// </summary>
    public WeightSharing Sharing { get; init; } = WeightSharing.Reduce;

    /// <summary>Whether weight and bias of a layer are approximated as if they were independent. Default false: one block, which is closer.</summary>
    public bool SeparatesBias { get; init; }

    /// <summary>
    /// Whether scales and shifts of layer and group normalisations, and of batch normalisations with running statistics, are uncertain too, each layer's together in one
    /// exact block. Default true. Their prior is that of weights, around 0; scale and shift of a layer share a precision whatever the prior.
    /// </summary>
    public bool ScalesAndShifts { get; init; } = true;

    /// <summary>Whether only the last layer's weights are uncertain: no backward pass. Default false.</summary>
    public bool LastLayerOnly { get; init; }

    /// <summary>
    /// T, which divides likelihood and curvature; above 1 for rows that repeat each other. Default 1; &gt; 0. The evidence cannot
    /// choose it: it always grows with T.
    /// </summary>
    public double Temperature { get; init; } = 1;

    /// <summary>
    /// λ of <see cref="PriorPrecision.Curvature"/>, in the unit of the mean curvature; other priors do not look at it. Default 0.01; &gt; 0. That of the optimizer, where the prior is to be its decay.
    /// </summary>
    public double Damping { get; init; } = 0.01;

    internal void Validate()
    {
        var problems = new List<string>();
        if (!Enum.IsDefined(Fisher) || !Enum.IsDefined(Sharing))
        {
            problems.Add($"{nameof(Fisher)} and {nameof(Sharing)} must be values of their types, but are {Fisher} and {Sharing}.");
        }

        if (Draws < 1)
        {
            problems.Add($"{nameof(Draws)} must be at least 1, but is {Draws}.");
        }

        if (!(Temperature > 0 && double.IsFinite(Temperature)))
        {
            problems.Add(FormattableString.Invariant($"{nameof(Temperature)} must be above 0 and finite, but is {Temperature}."));
        }

        if (!(Damping > 0 && double.IsFinite(Damping)))
        {
            problems.Add(FormattableString.Invariant($"{nameof(Damping)} must be above 0 and finite, but is {Damping}."));
        }

        if (problems.Count > 0)
        {
            throw new ArgumentException(string.Join(" ", problems));
        }
    }
}
