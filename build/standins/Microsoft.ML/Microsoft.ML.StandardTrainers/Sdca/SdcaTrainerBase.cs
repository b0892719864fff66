using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>
/// Base of the trainers that are named after stochastic dual coordinate ascent. Only the name: here the same objective,
/// mean loss + ½·l2·‖weights‖² + l1·l2·Σ|weights|, is brought to its minimum by a batch method, where ML.NET stops near it.
/// </summary>
public abstract class SdcaTrainerBase<TOptions, TTransformer, TModel> : StochasticTrainerBase<TTransformer, TModel>
    where TTransformer : ISingleFeaturePredictionTransformer<TModel>
    where TModel : class
    where TOptions : SdcaTrainerBase<TOptions, TTransformer, TModel>.OptionsBase, new()
{
    private protected SdcaTrainerBase(IHostEnvironment env, TOptions options, SchemaShape.Column label)
        : base(env.Register(nameof(SdcaTrainerBase<TOptions, TTransformer, TModel>)), TrainerColumns.Features(options.FeatureColumnName),
            label, TrainerColumns.Weight(options.ExampleWeightColumnName))
    {
        TrainerOptions = options;
        Host.CheckUserArg(options.L2Regularization is null or >= 0, nameof(options.L2Regularization), "L2 constant must be non-negative.");
        Host.CheckUserArg(options.L1Regularization is null or >= 0, nameof(options.L1Regularization), "L1 threshold must be non-negative.");
        Host.CheckUserArg(options.MaximumNumberOfIterations is null or > 0, nameof(options.MaximumNumberOfIterations), "Max number of iterations must be positive.");
        Host.CheckUserArg(options.ConvergenceTolerance is > 0 and <= 1, nameof(options.ConvergenceTolerance), "Convergence tolerance must be positive and no larger than 1.");
    }

    private protected TOptions TrainerOptions { get; }

    private protected sealed override TModel TrainModelCore(IChannel channel, IDataView data, object initial)
    {
        var rows = ReadRows(data);
        if (rows.Skipped > 0)
            channel.Warning(MessageSensitivity.None, "Skipped {0} instances with missing features/label during training", rows.Skipped);
        channel.Check(rows.Count > 0, "Training set has 0 instances, aborting training.");
        float l2 = TrainerOptions.L2Regularization ?? DefaultL2(channel, rows.Count);
        float l1 = TrainerOptions.L1Regularization ?? DefaultL1(channel, rows.FeatureCount);
        return Train(rows, l2, (double)l1 * l2);
    }

    /// <summary>Minimises mean loss + ½·l2·‖weights‖² + l1·Σ|weights|.</summary>
    private protected abstract TModel Train(TrainingRows rows, double l2, double l1);

    private protected abstract float DefaultL2(IChannel channel, int rowCount);

    /// <summary>More features, more of them left out.</summary>
    private static float DefaultL1(IChannel channel, int featureCount)
    {
        float l1 = featureCount switch { < 100 => 0, < 1000 => 0.25f, < 10000 => 0.5f, _ => 1 };
        channel.Info(MessageSensitivity.None, "Auto-tuning parameters: L1Threshold (L1/L2) = {0}.", l1);
        return l1;
    }

    public abstract class OptionsBase : TrainerInputBaseWithWeight
    {
        private protected OptionsBase()
        {
        }

        /// <summary>The factor of ½‖weights‖² in the mean loss; null for one that suits the number of rows.</summary>
        public float? L2Regularization;

        /// <summary>The factor of l2·Σ|weights| in the mean loss; null for one that suits the number of features.</summary>
        public float? L1Regularization;

        public int? NumberOfThreads;

        /// <summary>Checked, but without effect: the solver goes on to the minimum.</summary>
        public float ConvergenceTolerance = 0.1f;

        /// <summary>Checked, but without effect: the solver needs no bound.</summary>
        public int? MaximumNumberOfIterations;

        /// <summary>Without effect: the solver uses all rows at once.</summary>
        public bool Shuffle = true;
    }
}
