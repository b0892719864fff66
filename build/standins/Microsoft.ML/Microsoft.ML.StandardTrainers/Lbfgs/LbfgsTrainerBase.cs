using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Base of the linear trainers that minimise a smooth loss with L1 and L2 penalties by L-BFGS.</summary>
public abstract class LbfgsTrainerBase<TOptions, TTransformer, TModel> : TrainerEstimatorBase<TTransformer, TModel>
    where TTransformer : ISingleFeaturePredictionTransformer<TModel>
    where TModel : class
    where TOptions : LbfgsTrainerBase<TOptions, TTransformer, TModel>.OptionsBase, new()
{
    private static readonly TrainerInfo s_info = new(caching: true, supportIncrementalTrain: true);

    private readonly OptionsBase _options;

    private protected LbfgsTrainerBase(IHostEnvironment env, TOptions options, SchemaShape.Column labelColumn)
        : base(env.Register(nameof(LbfgsTrainerBase<TOptions, TTransformer, TModel>)), TrainerColumns.Features(options.FeatureColumnName),
            labelColumn, TrainerColumns.Weight(options.ExampleWeightColumnName))
    {
        _options = options;
        Host.CheckUserArg(options.L2Regularization >= 0, nameof(options.L2Regularization), "Must be non-negative");
        Host.CheckUserArg(options.L1Regularization >= 0, nameof(options.L1Regularization), "Must be non-negative");
        Host.CheckUserArg(options.OptimizationTolerance > 0, nameof(options.OptimizationTolerance), "Must be positive");
        Host.CheckUserArg(options.HistorySize > 0, nameof(options.HistorySize), "Must be positive");
        Host.CheckUserArg(options.MaximumNumberOfIterations > 0, nameof(options.MaximumNumberOfIterations), "Must be positive");
        Host.CheckUserArg(options.NumberOfThreads is null or > 0, nameof(options.NumberOfThreads), "Must be positive (or empty for default)");
    }

    public override TrainerInfo Info => s_info;

    private protected sealed override TModel TrainModelCore(IChannel channel, IDataView data, object initial)
    {
        int scoreCount = CountScores(data.Schema[LabelColumn.Name]);
        var rows = ReadRows(data);
        channel.Check(rows.Count > 0, "No valid training instances found, all instances have missing features.");
        if (rows.Skipped > 0)
            channel.Warning(MessageSensitivity.None, "Skipped {0} instances with missing features/label/weight during training", rows.Skipped);

        var objective = new LinearObjective(Host, rows, scoreCount, Loss, _options.L2Regularization, rows.WeightSum) { MaxThreads = _options.NumberOfThreads };
        double[] parameters = StartFrom(initial, objective.ParameterCount);
        new OrthantWiseLbfgs
        {
            Smooth = objective.Evaluate,
            FreeCount = objective.BiasCount,
            L1 = _options.L1Regularization / rows.Count,
            NonNegative = _options.EnforceNonNegativity,
            HistorySize = _options.HistorySize,
            Tolerance = _options.OptimizationTolerance,
            MaxIterations = _options.MaximumNumberOfIterations,
        }.Minimize(parameters);
        return CreateModel(parameters, scoreCount, rows.FeatureCount);
    }

    /// <summary>The number of linear functions to learn.</summary>
    private protected abstract int CountScores(DataViewSchema.Column label);

    private protected abstract LinearObjective.RowLoss Loss { get; }

    /// <summary>The parameters of an earlier model: biases, then weights.</summary>
    private protected abstract IEnumerable<float> ParametersOf(object model);

    private protected abstract TModel CreateModel(double[] parameters, int scoreCount, int featureCount);

    private double[] StartFrom(object initial, int count)
    {
        if (initial != null)
        {
            double[] parameters = [.. ParametersOf(initial).Select(p => (double)p)];
            Host.Check(parameters.Length == count, "The initialization predictor has different number of features than the training data.");
            return parameters;
        }

        var start = new double[count];
        for (int i = 0; _options.InitialWeightsDiameter > 0 && i < count; i++)
            start[i] = _options.InitialWeightsDiameter * (Host.Rand.NextSingle() - 0.5f);
        return start;
    }

    public abstract class OptionsBase : TrainerInputBaseWithWeight
    {
        /// <summary>The factor of ½‖weights‖² in the sum of losses.</summary>
        public float L2Regularization = 1;

        /// <summary>The factor of Σ|weights| in the sum of losses.</summary>
        public float L1Regularization = 1;

        /// <summary>Training ends when the mean loss improves by less.</summary>
        public float OptimizationTolerance = 1e-7f;

        /// <summary>The number of steps that L-BFGS remembers.</summary>
        public int HistorySize = 20;

        public int MaximumNumberOfIterations = int.MaxValue;

        /// <summary>Weights start between ± half of this.</summary>
        public float InitialWeightsDiameter = 0;

        public int? NumberOfThreads;

        public bool EnforceNonNegativity = false;
    }
}
