using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Preconditioners;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder;

/// <summary>What the three trainers of neural networks have in common. Null always means: chosen from the size of the data.</summary>
public abstract class NeuralNetworkTrainerOptions
{
    private protected NeuralNetworkTrainerOptions()
    {
    }

    /// <summary>The column to learn. Default "Label".</summary>
    public string LabelColumnName = "Label";

    /// <summary>The column to learn from: a vector of Single of known size. Default "Features".</summary>
    public string FeatureColumnName = "Features";

    /// <summary>A column of Single that says how much each row counts; rows with weight 0 are left out. Default null: all count alike.</summary>
    public string? ExampleWeightColumnName;

    /// <summary>The kind of network. Default null: two hidden layers of 128 units.</summary>
    public Network? Network;

    /// <summary>The second-order method and its settings. Default null: K-FAC, or SINGD for layers wider than 1000, with a damping that suits the size of the data.</summary>
    public PreconditionerOptions? Optimizer;

    /// <summary>Passes over the rows, at least 1. Default null: enough for about 600 updates, between 6 and 75.</summary>
    public int? MaximumNumberOfEpochs;

    /// <summary>Rows of a batch, at least 1. Default null: between 16 and 512.</summary>
    public int? BatchSize;

    /// <summary>
    /// Largest length of a step, &gt; 0, before warm-up and decay. Default null: 1. Of little influence, since each step is
    /// also limited by how much it changes the predictions.
    /// </summary>
    public double? LearningRate;

    /// <summary>Pull of the weights towards 0, at least 0. Default null: 30 / rows, between 0.003 and 0.1.</summary>
    public double? WeightDecay;

    /// <summary>
    /// Threads of the processor, at least 1; while training, for all that the process does with libtorch. Default null: 1 for
    /// small networks, where more would only wait for each other; for others, as many as TorchSharp is set to.
    /// </summary>
    public int? NumberOfThreads;

    /// <summary>Called after each epoch, on the thread that trains. Default null.</summary>
    public Action<EpochMetrics>? MetricsCallback;

    /// <summary>
    /// Where to write the course of the training for TensorBoard, each fit as a run of its own; see <see cref="TensorBoardWriter"/>.
    /// Default null: nowhere.
    /// </summary>
    public string? TensorBoardFolder;

    /// <summary>Stops the training with an <see cref="OperationCanceledException"/>, at the next step.</summary>
    public CancellationToken CancellationToken;

    /// <summary>How features are scaled: a benchmark's switch.</summary>
    internal bool RobustFeatures = true;

    /// <summary>The settings of now: what becomes of the fields later does not matter.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Some option makes no sense; the message names all of them.</exception>
    internal TrainingSettings ToSettings(NetworkTask task)
    {
        var problems = Problems().ToList();
        if (problems.Count > 0)
        {
            throw new ArgumentOutOfRangeException(problems[0].Option, string.Join(" ", problems.Select(p => p.Sentence)));
        }

        return new TrainingSettings
        {
            Task = task,
            Columns = new ColumnRoles(LabelColumnName, FeatureColumnName, ExampleWeightColumnName),
            Network = Network,
            Optimizer = Optimizer,
            RobustFeatures = RobustFeatures,
            Epochs = MaximumNumberOfEpochs,
            BatchSize = BatchSize,
            LearningRate = LearningRate,
            WeightDecay = WeightDecay,
            Threads = NumberOfThreads,
            MetricsCallback = MetricsCallback,
            TensorBoardFolder = TensorBoardFolder,
            CancellationToken = CancellationToken,
        };
    }

    private IEnumerable<(string Option, string Sentence)> Problems()
    {
        if (string.IsNullOrEmpty(LabelColumnName))
        {
            yield return (nameof(LabelColumnName), $"{nameof(LabelColumnName)} must name a column, but is empty.");
        }

        if (string.IsNullOrEmpty(FeatureColumnName))
        {
            yield return (nameof(FeatureColumnName), $"{nameof(FeatureColumnName)} must name a column, but is empty.");
        }

        if (ExampleWeightColumnName is "")
        {
            yield return (nameof(ExampleWeightColumnName), $"{nameof(ExampleWeightColumnName)} must name a column or be null, but is empty.");
        }

        if (TensorBoardFolder is "")
        {
            yield return (nameof(TensorBoardFolder), $"{nameof(TensorBoardFolder)} must name a folder or be null, but is empty.");
        }

        if (MaximumNumberOfEpochs < 1)
        {
            yield return (nameof(MaximumNumberOfEpochs), FormattableString.Invariant($"{nameof(MaximumNumberOfEpochs)} must be at least 1, but is {MaximumNumberOfEpochs}."));
        }

        if (BatchSize < 1)
        {
            yield return (nameof(BatchSize), FormattableString.Invariant($"{nameof(BatchSize)} must be at least 1, but is {BatchSize}."));
        }

        if (NumberOfThreads < 1)
        {
            yield return (nameof(NumberOfThreads), FormattableString.Invariant($"{nameof(NumberOfThreads)} must be at least 1, but is {NumberOfThreads}."));
        }

        foreach (var problem in Optimizer?.Problems() ?? [])
        {
            yield return (nameof(Optimizer), $"{nameof(Optimizer)}: {problem}");
        }

        if (LearningRate is { } rate && !(rate > 0 && double.IsFinite(rate)))
        {
            yield return (nameof(LearningRate), FormattableString.Invariant($"{nameof(LearningRate)} must be a number > 0, but is {rate}."));
        }

        if (WeightDecay is { } decay && !(decay >= 0 && double.IsFinite(decay)))
        {
            yield return (nameof(WeightDecay), FormattableString.Invariant($"{nameof(WeightDecay)} must be a number of at least 0, but is {decay}."));
        }
    }
}
