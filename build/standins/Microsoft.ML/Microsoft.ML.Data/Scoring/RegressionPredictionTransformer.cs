using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(ISingleFeaturePredictionTransformer<object>), typeof(RegressionPredictionTransformer), null, typeof(SignatureLoadModel),
    "", RegressionPredictionTransformer.LoaderSignature)]

namespace Microsoft.ML.Data;

internal static class RegressionPredictionTransformer
{
    public const string LoaderSignature = "RegressionPredXfer";

    public static VersionInfo Version { get; } = PredictionTransformer.Version("REG PRED", LoaderSignature);

    public static ISingleFeaturePredictionTransformer<object> Create(IHostEnvironment env, ModelLoadContext ctx)
        => PredictionTransformer.Load(typeof(RegressionPredictionTransformer<>), Version, env, ctx);
}

/// <summary>Adds the column Score.</summary>
public sealed class RegressionPredictionTransformer<TModel> : SingleFeaturePredictionTransformerBase<TModel>
    where TModel : class
{
    internal RegressionPredictionTransformer(IHostEnvironment env, TModel model, DataViewSchema inputSchema, string featureColumn)
        : base(env.Register(nameof(RegressionPredictionTransformer)), model, featureColumn, inputSchema[featureColumn].Type)
    {
    }

    private RegressionPredictionTransformer(IHostEnvironment env, ModelLoadContext ctx, TModel model, string featureColumn, DataViewType featureType)
        : base(env.Register(nameof(RegressionPredictionTransformer)), model, featureColumn, featureType)
    {
    }

    private protected override VersionInfo Version => RegressionPredictionTransformer.Version;

    private protected override RowToRowMapping Bind(DataViewSchema inputSchema)
    {
        var annotations = ScoreAnnotations.For(inputSchema, AnnotationUtils.ScoreKinds.Regression);
        return new ScalarMapping((IScalarModel)Model, inputSchema, FindFeatures(inputSchema),
            [new(DefaultColumnNames.Score, NumberDataViewType.Single, annotations.IdKindValue(AnnotationUtils.ScoreValues.Score))]);
    }
}
