namespace Microsoft.ML.SecondOrder.Training;

/// <summary>See <see cref="Regularization.ValidatedWeightDecay"/>.</summary>
public sealed record ValidatedWeightDecayRegularization : Regularization
{
    internal ValidatedWeightDecayRegularization()
    {
    }
}
