using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(ISingleFeaturePredictionTransformer<object>), typeof(BinaryPredictionTransformer), null, typeof(SignatureLoadModel),
    "", BinaryPredictionTransformer.LoaderSignature)]

namespace Microsoft.ML.Data;

internal static class BinaryPredictionTransformer
{
    public const string LoaderSignature = "BinaryPredXfer";

    public static VersionInfo Version { get; } = PredictionTransformer.Version("BIN PRED", LoaderSignature);

    public static ISingleFeaturePredictionTransformer<object> Create(IHostEnvironment env, ModelLoadContext ctx)
        => PredictionTransformer.Load(typeof(BinaryPredictionTransformer<>), Version, env, ctx);
}

/// <summary>Adds the columns PredictedLabel, Score and, for a calibrated model, Probability.</summary>
public sealed class BinaryPredictionTransformer<TModel> : SingleFeaturePredictionTransformerBase<TModel>
    where TModel : class
{
    /// <summary>A score, or a probability, above this means true.</summary>
    internal readonly float Threshold;

    /// <summary>What the threshold is compared with: Score or Probability.</summary>
    internal readonly string ThresholdColumn;

    internal BinaryPredictionTransformer(IHostEnvironment env, TModel model, DataViewSchema inputSchema, string featureColumn,
        float threshold = 0f, string thresholdColumn = DefaultColumnNames.Score)
        : this(env, model, featureColumn, inputSchema[featureColumn].Type, threshold, thresholdColumn)
    {
    }

    private BinaryPredictionTransformer(IHostEnvironment env, ModelLoadContext ctx, TModel model, string featureColumn, DataViewType featureType)
        : this(env, model, featureColumn, featureType, ctx.Reader.ReadSingle(), ctx.LoadNonEmptyString())
    {
    }

    private BinaryPredictionTransformer(IHostEnvironment env, TModel model, string featureColumn, DataViewType featureType,
        float threshold, string thresholdColumn)
        : base(env.Register(nameof(BinaryPredictionTransformer)), model, featureColumn, featureType)
    {
        Threshold = threshold;
        ThresholdColumn = thresholdColumn;
    }

    internal BinaryPredictionTransformer<TModel> WithThreshold(IHostEnvironment env, float threshold)
        => new(env, Model, FeatureColumnName, FeatureColumnType, threshold, ThresholdColumn);

    private protected override VersionInfo Version => BinaryPredictionTransformer.Version;

    private protected override RowToRowMapping Bind(DataViewSchema inputSchema)
    {
        var annotations = ScoreAnnotations.For(inputSchema, AnnotationUtils.ScoreKinds.BinaryClassification);
        List<DataViewSchema.DetachedColumn> columns =
        [
            new(DefaultColumnNames.PredictedLabel, BooleanDataViewType.Instance, annotations.PredictedLabel()),
            new(DefaultColumnNames.Score, NumberDataViewType.Single, annotations.Score()),
        ];
        if (Model is ICalibratedModel)
            columns.Add(new(DefaultColumnNames.Probability, NumberDataViewType.Single, annotations.Probability()));
        return new ScalarMapping((IScalarModel)Model, inputSchema, FindFeatures(inputSchema), columns,
            Threshold, ThresholdColumn == DefaultColumnNames.Probability);
    }

    private protected override void SaveRest(ModelSaveContext ctx)
    {
        ctx.Writer.Write(Threshold);
        ctx.SaveNonEmptyString(ThresholdColumn);
    }
}
