namespace Microsoft.ML.SecondOrder.Training;

/// <summary>See <see cref="Regularization.WeightDecay"/>.</summary>
public sealed record WeightDecayRegularization : Regularization
{
    internal WeightDecayRegularization(double rate) => Rate = rate;

    /// <summary>How strong the pull is.</summary>
    public double Rate { get; }
}
