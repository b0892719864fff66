using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Multinomial logistic regression.</summary>
public sealed class LbfgsMaximumEntropyMulticlassTrainer : LbfgsTrainerBase<LbfgsMaximumEntropyMulticlassTrainer.Options,
    MulticlassPredictionTransformer<MaximumEntropyModelParameters>, MaximumEntropyModelParameters>
{
    internal LbfgsMaximumEntropyMulticlassTrainer(IHostEnvironment env, Options options)
        : base(env, options, TrainerColumns.Key(options.LabelColumnName))
    {
    }

    /// <summary>Trains on from an earlier model.</summary>
    public MulticlassPredictionTransformer<MaximumEntropyModelParameters> Fit(IDataView trainData, MaximumEntropyModelParameters modelParameters)
        => TrainTransformer(trainData, modelParameters);

    private protected override LinearObjective.RowLoss Loss => RowLosses.Softmax;

    private protected override int CountScores(DataViewSchema.Column label) => checked((int)label.Type.GetKeyCount());

    private protected override IEnumerable<float> ParametersOf(object model)
    {
        var multiclass = (MaximumEntropyModelParameters)model;
        VBuffer<float>[] weights = null;
        multiclass.GetWeights(ref weights, out _);
        return multiclass.GetBiases().Concat(weights.SelectMany(w => w.DenseValues()));
    }

    private protected override MaximumEntropyModelParameters CreateModel(double[] parameters, int scoreCount, int featureCount)
        => new(Host, parameters, scoreCount, featureCount);

    private protected override MulticlassPredictionTransformer<MaximumEntropyModelParameters> MakeTransformer(
        MaximumEntropyModelParameters model, DataViewSchema trainSchema)
        => new(Host, model, trainSchema, FeatureColumn.Name, LabelColumn.Name);

    private protected override SchemaShape.Column[] GetOutputColumnsCore(SchemaShape inputSchema)
    {
        inputSchema.TryFindColumn(LabelColumn.Name, out var label);
        var keyValues = label.Annotations.Where(a => a.Name == AnnotationUtils.Kinds.KeyValues);
        return
        [
            new(DefaultColumnNames.Score, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false,
                new SchemaShape(AnnotationUtils.AnnotationsForMulticlassScoreColumn(label))),
            new(DefaultColumnNames.PredictedLabel, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, true,
                new SchemaShape(keyValues.Concat(AnnotationUtils.GetTrainerOutputAnnotation()))),
        ];
    }

    public sealed class Options : OptionsBase
    {
    }
}
