using Microsoft.ML.SecondOrder.MarginalLikelihood;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>What keeps the weights small.</summary>
public abstract record Regularization
{
    private protected Regularization()
    {
    }

    /// <summary>Nothing.</summary>
    public static Regularization None { get; } = new WeightDecayRegularization(0);

    /// <summary>A constant pull of the weights, but not of the biases, towards 0.</summary>
    /// <param name="rate">At least 0 and finite: the same as <c>Options.WeightDecay</c>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not.</exception>
    public static WeightDecayRegularization WeightDecay(double rate) => rate >= 0 && double.IsFinite(rate)
        ? new WeightDecayRegularization(rate)
        : throw new ArgumentOutOfRangeException(nameof(rate), rate, "The decay of weights must be a number of at least 0.");

    /// <summary>
    /// Weight decay at rates that a first training chooses: it learns from four fifths of the rows, looks now and then what the curvature says that other
    /// rates would make of its weights, and goes on with the rate at which the other rows are predicted best (implicit differentiation: Larsen et al., 1998;
    /// Lorraine, Vicol and Duvenaud, 2020, arXiv 1911.02590). The training of the model then uses the same rates on all rows. Takes about twice as
    /// long as one training, and no longer than that where probabilities are calibrated, since the temperature comes from the same rows. With fewer than 200 rows two to
    /// five networks look, each without another fifth of the rows, and the rates are the mean of theirs.
    /// With fewer than 25 rows the rate is that of the rule of thumb, 30 / rows between 0.003 and 0.1, and a warning says so.
    /// </summary>
    public static ValidatedWeightDecayRegularization ValidatedWeightDecay { get; } = new();

    /// <summary>
    /// A normal prior of the weights whose precision is chosen while the network is trained such that it makes the
    /// training data most likely (Immer et al., 2021, arXiv 2104.04975). Takes no rows away. For numbers the size of the noise is chosen with it.
    /// </summary>
    /// <param name="prior">
    /// Which weights share a precision. Default null: for numbers one for each input of the first layer and one for all other layers, biases included,
    /// or one for all where there are more than 500 inputs; for true or false one for all; for more classes one for all or <see cref="PriorPrecision.Curvature"/>, which chooses the rate of the decay: of multi-layer
    /// perceptrons on 50 to 20 000 rows two short trainings tell which, unless a time is set, and the fit takes twice as long; below that and where the optimizer does not work layer by layer one for all,
    /// else the decay.
    /// </param>
    public static MarginalLikelihoodRegularization MarginalLikelihood(PriorPrecision? prior = null) => new(prior);
}
