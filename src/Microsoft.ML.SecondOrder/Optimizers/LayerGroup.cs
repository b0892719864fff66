using Microsoft.ML.SecondOrder.Preconditioners;

namespace Microsoft.ML.SecondOrder.Optimizers;

/// <summary>Layers, or parameters, that share their settings.</summary>
/// <param name="Preconditioner">The method and its settings.</param>
public sealed record LayerGroup(PreconditionerOptions Preconditioner)
{
    /// <summary>
    /// Names of the layers in the model, such as <c>hidden1</c>; null takes every layer that no other group names. With a method
    /// that works parameter by parameter: names of modules, of any kind, or of single parameters, such as <c>norm.weight</c>.
    /// </summary>
    public IReadOnlyCollection<string>? Layers { get; init; }

    /// <summary>Step size of the weights. Default 1e-3; at least 0.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Heavy-ball momentum on the preconditioned gradient. Default 0.9; in [0, 1). Methods that keep a momentum of their own, such as AdamW, do not look at it.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>γ, added as γ·θ to the preconditioned gradient. Default 0; at least 0.</summary>
    public double WeightDecay { get; init; }

    /// <summary>
    /// Whether biases decay too, and with a method that works parameter by parameter, every parameter of one axis. Default true,
    /// as in the official SINGD code.
    /// </summary>
    public bool DecayBiases { get; init; } = true;

    internal IEnumerable<string> Problems()
    {
        if (Preconditioner is null)
        {
            yield return $"{nameof(Preconditioner)} must not be null: give it a method's options, such as new KfacOptions().";
        }

        if (!(LearningRate >= 0) || double.IsInfinity(LearningRate))
        {
            yield return $"{nameof(LearningRate)} must be at least 0 and finite, but is {LearningRate}.";
        }

        if (!(Momentum >= 0 && Momentum < 1))
        {
            yield return $"{nameof(Momentum)} must lie in [0, 1), but is {Momentum}.";
        }

        if (!(WeightDecay >= 0) || double.IsInfinity(WeightDecay))
        {
            yield return $"{nameof(WeightDecay)} must be at least 0 and finite, but is {WeightDecay}.";
        }
    }
}
