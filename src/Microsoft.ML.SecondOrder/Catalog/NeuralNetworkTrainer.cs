using System.Runtime.CompilerServices;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Training;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.SecondOrder;

/// <summary>What the trainers of neural networks have in common: all but the task and its options.</summary>
public abstract class NeuralNetworkTrainer : ITrainerEstimator<NeuralNetworkPredictionTransformer, FittedNetwork>
{
    private readonly string _name;
    private readonly IHost _host;
    private readonly TrainingSettings _settings;

    /// <param name="environment">Where seed, log and device come from.</param>
    /// <param name="settings">What the user asks for.</param>
    private protected NeuralNetworkTrainer(IHostEnvironment environment, TrainingSettings settings)
    {
        _name = GetType().Name; // what the log shows as its source
        _host = environment.Register(_name);
        _settings = settings;
    }

    /// <summary>
    /// No: normalisation, caching, calibration. Its constructor is internal, and an instance without a call of it says just that.
    /// What it says of validation sets and incremental training, for which there are overloads of Fit, only ML.NET itself can read.
    /// </summary>
    public TrainerInfo Info { get; } = (TrainerInfo)RuntimeHelpers.GetUninitializedObject(typeof(TrainerInfo));

    /// <summary>Trains a network on <paramref name="input"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type.</exception>
    /// <exception cref="InvalidOperationException">There are no rows to learn from, libtorch is missing, or the training diverged.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public NeuralNetworkPredictionTransformer Fit(IDataView input) => Train(input);

    /// <summary>
    /// Trains a network on <paramref name="trainData"/>, measures it on <paramref name="validationData"/> after each epoch, and keeps
    /// the weights of the best one.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type.</exception>
    /// <exception cref="InvalidOperationException">There are no rows to learn from, libtorch is missing, or the training diverged.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public NeuralNetworkPredictionTransformer Fit(IDataView trainData, IDataView? validationData) => Train(trainData, validationData);

    /// <summary>Trains a network further, which keeps its scaling of features and label; the data may be other.</summary>
    /// <param name="trainData">With columns of the types that the network was trained on.</param>
    /// <param name="modelParameters">The <c>Model</c> of a trained or loaded transformer.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type, or the network is for other data.</exception>
    /// <exception cref="InvalidOperationException">There are no rows to learn from, libtorch is missing, or the training diverged.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public NeuralNetworkPredictionTransformer Fit(IDataView trainData, FittedNetwork? modelParameters) =>
        Train(trainData, initial: modelParameters);

    /// <summary>Both at once.</summary>
    /// <inheritdoc cref="Fit(IDataView, FittedNetwork?)"/>
    /// <param name="trainData">With columns of the types that the network was trained on.</param>
    /// <param name="validationData">Rows to measure with after each epoch.</param>
    /// <param name="modelParameters">The <c>Model</c> of a trained or loaded transformer.</param>
    public NeuralNetworkPredictionTransformer Fit(IDataView trainData, IDataView? validationData, FittedNetwork? modelParameters) =>
        Train(trainData, validationData, modelParameters);

    /// <summary>The columns of <paramref name="inputSchema"/> and those that the trained network will add.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        _settings.Columns.Check(inputSchema, LearningTask.Of(_settings.Task));
        return inputSchema.With(Added(inputSchema.Find(_settings.Columns.Label)!.Value));
    }

    private NeuralNetworkPredictionTransformer Train(IDataView input, IDataView? validation = null, FittedNetwork? initial = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        // A host for each fit: its random numbers are its own, so that fits may run side by side.
        var host = _host.Register(_name);
        return new NeuralNetworkPredictionTransformer(new NetworkFitter(host, _settings).Fit(input, validation, initial));
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
            VectorType = label.Kind == SchemaShape.Column.VectorKind.Vector ? new VectorDataViewType(NumberDataViewType.Single, AnyCount) : null,
            SlotNames = label.Annotations.Find(SlotNames.AnnotationKind) is { ItemType: TextDataViewType } ? ["", ""] : [],
        }, CertaintyColumns.Of(_settings)).Make(setId: 1));
        return SchemaShapes.Of(builder.ToSchema());
    }

    private static DataViewType ItemType(SchemaShape.Column column) =>
        column.IsKey ? new KeyDataViewType(column.ItemType.RawType, 1) : column.ItemType;
}
