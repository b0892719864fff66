using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Base of the trainers: checks the input columns, reads the rows, and wraps the model.</summary>
public abstract class TrainerEstimatorBase<TTransformer, TModel> : ITrainerEstimator<TTransformer, TModel>
    where TTransformer : ISingleFeaturePredictionTransformer<TModel>
    where TModel : class
{
    public readonly SchemaShape.Column FeatureColumn;

    public readonly SchemaShape.Column LabelColumn;

    public readonly SchemaShape.Column WeightColumn;

    private protected readonly IHost Host;

    private protected TrainerEstimatorBase(IHost host, SchemaShape.Column feature, SchemaShape.Column label, SchemaShape.Column weight = default)
    {
        Host = host;
        FeatureColumn = feature;
        LabelColumn = label;
        WeightColumn = weight;
    }

    public abstract TrainerInfo Info { get; }

    public TTransformer Fit(IDataView input) => TrainTransformer(input);

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        CheckInputSchema(inputSchema);
        return inputSchema.With(GetOutputColumnsCore(inputSchema));
    }

    private protected abstract SchemaShape.Column[] GetOutputColumnsCore(SchemaShape inputSchema);

    /// <summary>Learns the model; <paramref name="initial"/> is a model to start from, or null.</summary>
    private protected abstract TModel TrainModelCore(IChannel channel, IDataView data, object initial);

    private protected abstract TTransformer MakeTransformer(TModel model, DataViewSchema trainSchema);

    private protected TTransformer TrainTransformer(IDataView trainSet, object initial = null)
    {
        Host.CheckValue(trainSet, "input");
        CheckInputSchema(SchemaShape.Create(trainSet.Schema));
        using var channel = Host.Start("Training");
        return MakeTransformer(TrainModelCore(channel, trainSet, initial), trainSet.Schema);
    }

    /// <summary>Reads all complete rows; see <see cref="TrainingRows.Skipped"/> for the others.</summary>
    private protected TrainingRows ReadRows(IDataView data) => TrainingRows.Read(Host, data, FeatureColumn.Name, LabelColumn.Name, WeightColumn.Name);

    private void CheckInputSchema(SchemaShape inputSchema)
    {
        CheckColumn(inputSchema, FeatureColumn, "feature", nameof(inputSchema));
        if (WeightColumn.IsValid)
            CheckColumn(inputSchema, WeightColumn, "weight", nameof(inputSchema));
        CheckColumn(inputSchema, LabelColumn, "label", "labelCol");
    }

    private void CheckColumn(SchemaShape inputSchema, SchemaShape.Column expected, string role, string mismatchParam)
    {
        if (!inputSchema.TryFindColumn(expected.Name, out var column))
            throw Host.ExceptSchemaMismatch(nameof(inputSchema), role, expected.Name);
        if (!expected.IsCompatibleWith(column))
            throw Host.ExceptSchemaMismatch(mismatchParam, role, expected.Name, expected.GetTypeString(), column.GetTypeString());
    }
}
