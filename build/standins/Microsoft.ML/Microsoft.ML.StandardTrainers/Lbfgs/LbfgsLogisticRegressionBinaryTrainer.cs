using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

using Model = CalibratedModelParametersBase<LinearBinaryModelParameters, PlattCalibrator>;

/// <summary>Logistic regression.</summary>
public sealed class LbfgsLogisticRegressionBinaryTrainer : LbfgsTrainerBase<LbfgsLogisticRegressionBinaryTrainer.Options,
    BinaryPredictionTransformer<CalibratedModelParametersBase<LinearBinaryModelParameters, PlattCalibrator>>,
    CalibratedModelParametersBase<LinearBinaryModelParameters, PlattCalibrator>>
{
    internal LbfgsLogisticRegressionBinaryTrainer(IHostEnvironment env, Options options)
        : base(env, options, TrainerColumns.Boolean(options.LabelColumnName))
    {
    }

    /// <summary>Trains on from an earlier model.</summary>
    public BinaryPredictionTransformer<CalibratedModelParametersBase<LinearBinaryModelParameters, PlattCalibrator>> Fit(
        IDataView trainData, LinearModelParameters modelParameters)
        => TrainTransformer(trainData, modelParameters);

    private protected override LinearObjective.RowLoss Loss => RowLosses.Logistic;

    private protected override int CountScores(DataViewSchema.Column label) => 1;

    private protected override IEnumerable<float> ParametersOf(object model)
    {
        var linear = (LinearModelParameters)model;
        return linear.Weights.Prepend(linear.Bias);
    }

    /// <summary>Logistic regression needs no calibration: the probability is the logistic function of the score.</summary>
    private protected override Model CreateModel(double[] parameters, int scoreCount, int featureCount)
        => new CalibratedModelParameters<LinearBinaryModelParameters, PlattCalibrator>(
            new LinearBinaryModelParameters(Host, parameters.AsSpan(1), parameters[0]), new PlattCalibrator(-1, 0));

    private protected override BinaryPredictionTransformer<Model> MakeTransformer(Model model, DataViewSchema trainSchema)
        => new(Host, model, trainSchema, FeatureColumn.Name);

    private protected override SchemaShape.Column[] GetOutputColumnsCore(SchemaShape inputSchema) =>
    [
        TrainerColumns.Output(DefaultColumnNames.Score, NumberDataViewType.Single),
        TrainerColumns.Output(DefaultColumnNames.Probability, NumberDataViewType.Single, isNormalized: true),
        TrainerColumns.Output(DefaultColumnNames.PredictedLabel, BooleanDataViewType.Instance),
    ];

    public sealed class Options : OptionsBase
    {
    }
}
