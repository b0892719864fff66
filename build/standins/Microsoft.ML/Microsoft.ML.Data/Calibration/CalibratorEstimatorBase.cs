using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.Calibrators;

/// <summary>Base of the estimators that learn a calibrator from a column of scores.</summary>
public abstract class CalibratorEstimatorBase<TICalibrator> : IEstimator<CalibratorTransformer<TICalibrator>>
    where TICalibrator : class, ICalibrator
{
    private protected readonly IHostEnvironment Host;
    private protected readonly SchemaShape.Column ScoreColumn;
    private protected readonly SchemaShape.Column LabelColumn;
    private protected readonly SchemaShape.Column WeightColumn;

    private protected CalibratorEstimatorBase(IHostEnvironment env, string labelColumn, string scoreColumn, string weightColumn)
    {
        Host = env;
        ScoreColumn = TrainerColumns.Number(scoreColumn);
        LabelColumn = labelColumn == null ? default : TrainerColumns.Boolean(labelColumn);
        WeightColumn = TrainerColumns.Weight(weightColumn);
    }

    public CalibratorTransformer<TICalibrator> Fit(IDataView input)
    {
        Host.CheckValue(input, "scored");
        using var channel = Host.Start("Creating calibrator.");
        return Create(Train(channel, input));
    }

    SchemaShape IEstimator<CalibratorTransformer<TICalibrator>>.GetOutputSchema(SchemaShape inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        CheckColumn(inputSchema, ScoreColumn, "score");
        CheckColumn(inputSchema, WeightColumn, "weight");
        CheckColumn(inputSchema, LabelColumn, "label");
        inputSchema.TryFindColumn(ScoreColumn.Name, out var score);
        List<SchemaShape.Column> annotations = [SchemaShape.Column.Of(AnnotationUtils.Kinds.IsNormalized, BooleanDataViewType.Instance)];
        if (CalibratorAnnotations.Passed.All(kind => score.Annotations.TryFindColumn(kind, out _)))
            annotations.AddRange(AnnotationUtils.GetTrainerOutputAnnotation());
        return inputSchema.With(new SchemaShape.Column(DefaultColumnNames.Probability, SchemaShape.Column.VectorKind.Scalar,
            NumberDataViewType.Single, false, new SchemaShape(annotations)));
    }

    private protected abstract TICalibrator Train(IChannel channel, IDataView scored);

    private protected abstract CalibratorTransformer<TICalibrator> Create(TICalibrator calibrator);

    private void CheckColumn(SchemaShape inputSchema, SchemaShape.Column expected, string role)
    {
        if (!expected.IsValid)
            return;
        if (!inputSchema.TryFindColumn(expected.Name, out var column))
            throw Host.ExceptSchemaMismatch(nameof(inputSchema), role, expected.Name);
        if (!expected.IsCompatibleWith(column))
            throw Host.ExceptSchemaMismatch(nameof(inputSchema), role, expected.Name, expected.GetTypeString(), column.GetTypeString());
    }
}
