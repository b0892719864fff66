using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Linear regression with L2 and L1 penalties.</summary>
public sealed class SdcaRegressionTrainer : SdcaTrainerBase<SdcaRegressionTrainer.Options,
    RegressionPredictionTransformer<LinearRegressionModelParameters>, LinearRegressionModelParameters>
{
    /// <summary>The solver stops when the mean loss improves by less than this part of the labels' variance per step.</summary>
    private const double RelativeTolerance = 1e-9;

    private const int MaxIterations = 2000;

    internal SdcaRegressionTrainer(IHostEnvironment env, Options options) : base(env, options, TrainerColumns.Number(options.LabelColumnName))
    {
        if (options.LossFunction is not (null or SquaredLoss))
            throw Host.ExceptNotSupp($"Loss '{options.LossFunction.GetType()}' is not supported: only '{typeof(SquaredLoss)}' is.");
    }

    private protected override LinearRegressionModelParameters Train(TrainingRows rows, double l2, double l1)
    {
        double[] parameters;
        Func<double[], double[], double> smooth;
        double mean = rows.Labels.Average(), shift = 0;
        if (rows.FeatureCount <= LeastSquares.MaxFeatures)
        {
            var objective = new LeastSquares(Host, rows, l2, mean);
            smooth = objective.Evaluate;
            parameters = objective.Minimum();
            shift = mean;
        }
        else
        {
            var objective = new LinearObjective(Host, rows, 1, RowLosses.Squared, l2 * rows.Count, rows.Count) { MaxThreads = TrainerOptions.NumberOfThreads };
            smooth = objective.Evaluate;
            parameters = new double[objective.ParameterCount];
            parameters[0] = mean;
        }

        new OrthantWiseLbfgs
        {
            Smooth = smooth,
            FreeCount = 1,
            L1 = l1,
            Tolerance = RelativeTolerance * rows.Labels.Average(label => (label - mean) * (label - mean)),
            MaxIterations = MaxIterations,
        }.Minimize(parameters);
        return new LinearRegressionModelParameters(Host, parameters.AsSpan(1), parameters[0] + shift);
    }

    private protected override float DefaultL2(IChannel channel, int rowCount)
    {
        float l2 = rowCount switch { > 10000 => 1e-4f, < 200 => 1e-2f, _ => 1e-3f };
        channel.Info(MessageSensitivity.None, "Auto-tuning parameters: L2 = {0}.", l2);
        return l2;
    }

    private protected override RegressionPredictionTransformer<LinearRegressionModelParameters> MakeTransformer(
        LinearRegressionModelParameters model, DataViewSchema trainSchema)
        => new(Host, model, trainSchema, FeatureColumn.Name);

    private protected override SchemaShape.Column[] GetOutputColumnsCore(SchemaShape inputSchema)
        => [TrainerColumns.Output(DefaultColumnNames.Score, NumberDataViewType.Single)];

    public sealed class Options : OptionsBase
    {
        public Options() => ConvergenceTolerance = 0.01f;

        /// <summary>Null or a <see cref="SquaredLoss"/>.</summary>
        public ISupportSdcaRegressionLoss LossFunction { get; set; }
    }
}
