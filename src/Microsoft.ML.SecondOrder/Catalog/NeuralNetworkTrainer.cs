using System.Runtime.CompilerServices;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Catalog;

/// <summary>What the three public trainers do; they differ in nothing but the task.</summary>
internal sealed class NetworkEstimator
{
    private readonly string _name;
    private readonly IHost _host;
    private readonly TrainingSettings _settings;

    /// <param name="environment">Where seed, log and device come from.</param>
    /// <param name="name">What the log shows as its source.</param>
    /// <param name="settings">What the user asks for.</param>
    public NetworkEstimator(IHostEnvironment environment, string name, TrainingSettings settings)
    {
        _name = name;
        _host = environment.Register(name);
        _settings = settings;
    }

    /// <summary>
    /// No: normalisation, caching, calibration. Its constructor is internal, and an instance without a call of it says just that.
    /// What it says of validation sets and incremental training, for which there are overloads of Fit, only ML.NET itself can read.
    /// </summary>
    public TrainerInfo Info { get; } = (TrainerInfo)RuntimeHelpers.GetUninitializedObject(typeof(TrainerInfo));

    public NeuralNetworkPredictionTransformer Fit(IDataView input, IDataView? validation = null, FittedNetwork? initial = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        // A host for each fit: its random numbers are its own, so that fits may run side by side.
        var host = _host.Register(_name);
        return new NeuralNetworkPredictionTransformer(new NetworkFitter(host, _settings).Fit(input, validation, initial));
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        _settings.Columns.Check(inputSchema, LearningTask.Of(_settings.Task));
        return inputSchema.With(Added(inputSchema.Find(_settings.Columns.Label)!.Value));
    }

    /// <summary>The shape of the columns that a transformer will add. What a shape tells depends on no number of classes.</summary>
    private SchemaShape Added(SchemaShape.Column label)
    {
        const int AnyCount = 2;
        var keyValues = label.Annotations.Find(ClassKeys.AnnotationKind);
        var keys = keyValues is { } values && _settings.Task == NetworkTask.MulticlassClassification
            ? ClassKeys.Blank(ItemType(values), AnyCount)
            : null;
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(ScoreColumns.Of(_settings.Task, AnyCount, new LabelOutput(label.Name, [TargetScaling.None])
        {
            Keys = keys,
            Interval = _settings.Interval,
            VectorType = label.Kind == SchemaShape.Column.VectorKind.Vector ? new VectorDataViewType(NumberDataViewType.Single, AnyCount) : null,
            SlotNames = label.Annotations.Find(SlotNames.AnnotationKind) is { ItemType: TextDataViewType } ? ["", ""] : [],
        }).Make(setId: 1));
        return SchemaShapes.Of(builder.ToSchema());
    }

    private static DataViewType ItemType(SchemaShape.Column column) =>
        column.IsKey ? new KeyDataViewType(column.ItemType.RawType, 1) : column.ItemType;
}
