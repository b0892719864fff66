using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Preconditioners;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder;

/// <content>What makes no sense.</content>
public abstract partial class NeuralNetworkTrainerOptions
{
    private protected virtual IEnumerable<(string Option, string Sentence)> Problems()
    {
        if (string.IsNullOrEmpty(LabelColumnName))
        {
            yield return (nameof(LabelColumnName), $"{nameof(LabelColumnName)} must name a column, but is empty.");
        }

        if (string.IsNullOrEmpty(FeatureColumnName))
        {
            yield return (nameof(FeatureColumnName), $"{nameof(FeatureColumnName)} must name a column, but is empty.");
        }

        if (MoreFeatureColumnNames is { } more && (more.Any(string.IsNullOrEmpty) || more.Append(FeatureColumnName).Distinct().Count() <= more.Length))
        {
            yield return (nameof(MoreFeatureColumnNames), $"{nameof(MoreFeatureColumnNames)} must name different columns, other than {nameof(FeatureColumnName)}, but is '{string.Join("', '", more)}'.");
        }

        if (FrozenParameters is { } frozen && frozen.Any(string.IsNullOrEmpty))
        {
            yield return (nameof(FrozenParameters), $"{nameof(FrozenParameters)} must name parameters, but one of its names is empty.");
        }

        if (FrozenParameters is [_, ..] && Regularization is MarginalLikelihoodRegularization)
        {
            yield return (nameof(Regularization), $"{nameof(Regularization)} by the marginal likelihood needs all parameters trained: use {nameof(WeightDecay)} with {nameof(FrozenParameters)}.");
        }

        if (Regularization is MarginalLikelihoodRegularization { Prior: PriorPrecision.Curvature } && Optimizer is ParameterPreconditionerOptions)
        {
            yield return (nameof(Regularization), $"{nameof(Regularization)} with {nameof(PriorPrecision)}.{nameof(PriorPrecision.Curvature)} needs an {nameof(Optimizer)} that works layer by layer, but is {Optimizer.GetType().Name}: choose another prior or optimizer.");
        }

        if (ImageDimensions is { } image && (image.Channels < 1 || image.Height < 1 || image.Width < 1))
        {
            yield return (nameof(ImageDimensions), FormattableString.Invariant($"{nameof(ImageDimensions)} must be at least 1 each, but are {image.Channels} × {image.Height} × {image.Width}."));
        }

        foreach (var problem in Augmentation?.Problems() ?? [])
        {
            yield return (nameof(Augmentation), $"{nameof(Augmentation)}: {problem}");
        }

        if (Augmentation is { IsLearned: true } && !HasPrior)
        {
            yield return (nameof(Augmentation), $"{nameof(Augmentation)}.{nameof(ImageAugmentation.IsLearned)} needs a prior of the weights: leave {nameof(Regularization)}, {nameof(WeightDecay)} and {nameof(Optimizer)} as they are by default, or set {nameof(Regularization)} to {nameof(Training.Regularization.MarginalLikelihood)}, or with an {nameof(Optimizer)} that works layer by layer to a decay above 0.");
        }

        if (Augmentation is { IsLearned: true } && FrozenParameters is [_, ..])
        {
            yield return (nameof(Augmentation), $"{nameof(Augmentation)}.{nameof(ImageAugmentation.IsLearned)} needs all parameters trained: set the strengths, or train without {nameof(FrozenParameters)}.");
        }

        if (MaximumNumberOfTokens < 1)
        {
            yield return (nameof(MaximumNumberOfTokens), FormattableString.Invariant($"{nameof(MaximumNumberOfTokens)} must be at least 1, but is {MaximumNumberOfTokens}."));
        }

        if (ExampleWeightColumnName is "")
        {
            yield return (nameof(ExampleWeightColumnName), $"{nameof(ExampleWeightColumnName)} must name a column or be null, but is empty.");
        }

        if (TensorBoardFolder is "")
        {
            yield return (nameof(TensorBoardFolder), $"{nameof(TensorBoardFolder)} must name a folder or be null, but is empty.");
        }

        foreach (var problem in Counts().Concat(Numbers()))
        {
            yield return problem;
        }

        foreach (var problem in Optimizer?.Problems() ?? [])
        {
            yield return (nameof(Optimizer), $"{nameof(Optimizer)}: {problem}");
        }

        foreach (var problem in EarlyStopping?.Problems() ?? [])
        {
            yield return (nameof(EarlyStopping), $"{nameof(EarlyStopping)}: {problem}");
        }

        if (!Enum.IsDefined(OnCancellation) || !Enum.IsDefined(MissingFeatures))
        {
            yield return (nameof(OnCancellation), $"{nameof(OnCancellation)} and {nameof(MissingFeatures)} must be values of their types, but are {OnCancellation} and {MissingFeatures}.");
        }

        if (CheckpointFolder is "" || (CheckpointFolder is null && (CheckpointEpochs is not null || CheckpointInterval is not null)))
        {
            yield return (nameof(CheckpointFolder), $"{nameof(CheckpointFolder)} must name a folder, or be null with {nameof(CheckpointEpochs)} and {nameof(CheckpointInterval)}, but is {CheckpointFolder ?? "null"}.");
        }
    }

    /// <summary>Whether weights have a prior in the course of a training: chosen by the evidence, or a decay beside steps that the curvature preconditions.</summary>
    private bool HasPrior => Regularization is MarginalLikelihoodRegularization
        || (Regularization is null or WeightDecayRegularization { Rate: > 0 } && WeightDecay is not 0 && Optimizer is not ParameterPreconditionerOptions);

    private IEnumerable<(string Option, string Sentence)> Counts() => new (string Option, long? Value)[]
    {
        (nameof(MaximumNumberOfEpochs), MaximumNumberOfEpochs), (nameof(MaximumNumberOfSteps), MaximumNumberOfSteps), (nameof(BatchSize), BatchSize),
        (nameof(MicroBatchSize), MicroBatchSize), (nameof(NumberOfThreads), NumberOfThreads), (nameof(MemoryBudget), MemoryBudget),
        (nameof(CheckpointEpochs), CheckpointEpochs),
    }.Where(o => o.Value < 1).Select(o => (o.Option, FormattableString.Invariant($"{o.Option} must be at least 1, but is {o.Value}.")));

    private IEnumerable<(string Option, string Sentence)> Numbers()
    {
        if (LearningRate is { } rate && !(rate > 0 && double.IsFinite(rate)))
        {
            yield return (nameof(LearningRate), FormattableString.Invariant($"{nameof(LearningRate)} must be a number > 0, but is {rate}."));
        }

        if (WeightDecay is not null && Regularization is not null)
        {
            yield return (nameof(Regularization), $"{nameof(Regularization)} and {nameof(WeightDecay)} say the same thing: set one of them.");
        }

        if (WeightDecay is { } decay && !(decay >= 0 && double.IsFinite(decay)))
        {
            yield return (nameof(WeightDecay), FormattableString.Invariant($"{nameof(WeightDecay)} must be a number of at least 0, but is {decay}."));
        }

        if (ValidationSetFraction is { } fraction && !(fraction > 0 && fraction < 1))
        {
            yield return (nameof(ValidationSetFraction), FormattableString.Invariant($"{nameof(ValidationSetFraction)} must lie between 0 and 1, but is {fraction}."));
        }

        foreach (var (option, time) in new[] { (nameof(MaximumTrainingTime), MaximumTrainingTime), (nameof(CheckpointInterval), CheckpointInterval) })
        {
            if (time <= TimeSpan.Zero)
            {
                yield return (option, FormattableString.Invariant($"{option} must be above 0, but is {time}."));
            }
        }
    }
}
