using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Linear regression with L2 and L1 penalties.</summary>
public sealed class SdcaRegressionTrainer : SdcaTrainerBase<SdcaRegressionTrainer.Options,
    RegressionPredictionTransformer<LinearRegressionModelParameters>, LinearRegressionModelParameters>
{
    internal SdcaRegressionTrainer(IHostEnvironment env, Options options) : base(env, options, TrainerColumns.Number(options.LabelColumnName))
    {
        if (options.LossFunction is not (null or SquaredLoss))
            throw Host.ExceptNotSupp($"Loss '{options.LossFunction.GetType()}' is not supported: only '{typeof(SquaredLoss)}' is.");
    }

    private protected override LinearObjective.RowLoss Loss => RowLosses.Squared;

    private protected override LinearRegressionModelParameters CreateModel(ReadOnlySpan<double> weights, double bias) => new(Host, weights, bias);

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
