using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(ISingleFeaturePredictionTransformer<object>), typeof(MulticlassPredictionTransformer), null, typeof(SignatureLoadModel),
    "", MulticlassPredictionTransformer.LoaderSignature)]

namespace Microsoft.ML.Data;

internal static class MulticlassPredictionTransformer
{
    public const string LoaderSignature = "MulticlassPredXfer";

    public static VersionInfo Version { get; } = PredictionTransformer.Version("MC  PRED", LoaderSignature);

    public static ISingleFeaturePredictionTransformer<object> Create(IHostEnvironment env, ModelLoadContext ctx)
        => PredictionTransformer.Load(typeof(MulticlassPredictionTransformer<>), Version, env, ctx);
}

/// <summary>Adds the columns PredictedLabel and Score.</summary>
public sealed class MulticlassPredictionTransformer<TModel> : SingleFeaturePredictionTransformerBase<TModel>
    where TModel : class
{
    /// <summary>The key values of the label column; null if it had none.</summary>
    private readonly LabelValues _labels;

    internal MulticlassPredictionTransformer(IHostEnvironment env, TModel model, DataViewSchema inputSchema, string featureColumn, string labelColumn)
        : base(env.Register(nameof(MulticlassPredictionTransformer)), model, featureColumn, inputSchema[featureColumn].Type)
        => _labels = LabelValues.OfOrNull(inputSchema[labelColumn]);

    private MulticlassPredictionTransformer(IHostEnvironment env, ModelLoadContext ctx, TModel model, string featureColumn, DataViewType featureType)
        : base(env.Register(nameof(MulticlassPredictionTransformer)), model, featureColumn, featureType)
        => _labels = LabelValues.LoadOrNull(ctx.Reader);

    private protected override VersionInfo Version => MulticlassPredictionTransformer.Version;

    private protected override RowToRowMapping Bind(DataViewSchema inputSchema)
    {
        var model = (IVectorModel)Model;
        var annotations = ScoreAnnotations.For(inputSchema, AnnotationUtils.ScoreKinds.MulticlassClassification);
        return new VectorMapping(model, inputSchema, FindFeatures(inputSchema),
        [
            new(DefaultColumnNames.PredictedLabel, new KeyDataViewType(typeof(uint), model.ScoreCount), annotations.PredictedLabel(_labels)),
            new(DefaultColumnNames.Score, new VectorDataViewType(NumberDataViewType.Single, model.ScoreCount), annotations.Score(_labels)),
        ]);
    }

    private protected override void SaveRest(ModelSaveContext ctx) => LabelValues.Save(ctx.Writer, _labels);
}
