using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Base of the transformers around models that read one column.</summary>
public abstract class SingleFeaturePredictionTransformerBase<TModel> : PredictionTransformerBase<TModel>,
    ISingleFeaturePredictionTransformer<TModel>, ISingleFeaturePredictionTransformer
    where TModel : class
{
    private protected SingleFeaturePredictionTransformerBase(IHost host, TModel model, string featureColumn, DataViewType featureType)
        : base(host, model)
    {
        FeatureColumnName = featureColumn;
        FeatureColumnType = featureType;
    }

    public string FeatureColumnName { get; }

    public DataViewType FeatureColumnType { get; }

    public sealed override DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        var features = inputSchema.GetColumnOrNull(FeatureColumnName)
            ?? throw Host.ExceptSchemaMismatch(nameof(inputSchema), "feature", FeatureColumnName);
        if (!features.Type.Equals(FeatureColumnType))
            throw Host.ExceptSchemaMismatch(nameof(inputSchema), "feature", FeatureColumnName, FeatureColumnType.ToString(), features.Type.ToString());
        return Bind(inputSchema).OutputSchema;
    }

    /// <summary>The feature column of a view to be scored.</summary>
    private protected DataViewSchema.Column FindFeatures(DataViewSchema inputSchema)
    {
        var features = ScoredColumns.Find(inputSchema, FeatureColumnName, "Feature");
        Host.Check(features.Type.Equals(FeatureColumnType), $"Incompatible features column type: '{features.Type}' vs '{FeatureColumnType}'");
        return features;
    }

    private protected sealed override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(Version);
        ctx.SaveModel(Model, PredictionTransformer.ModelDirectory);
        ctx.SaveNonEmptyString(FeatureColumnName);
        PredictionTransformer.SaveVectorType(ctx, (VectorDataViewType)FeatureColumnType);
        SaveRest(ctx);
    }

    private protected abstract VersionInfo Version { get; }

    private protected virtual void SaveRest(ModelSaveContext ctx)
    {
    }
}
