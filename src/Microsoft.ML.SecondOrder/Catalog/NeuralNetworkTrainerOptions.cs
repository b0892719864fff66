using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Persistence;
using Microsoft.ML.SecondOrder.Preconditioners;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder;

/// <summary>What the three trainers of neural networks have in common. Null always means: chosen from the size of the data.</summary>
public abstract partial class NeuralNetworkTrainerOptions
{
    private protected NeuralNetworkTrainerOptions()
    {
    }

    /// <summary>The column to learn. Default "Label".</summary>
    public string LabelColumnName = "Label";

    /// <summary>The column to learn from: a vector of Single of known size. Default "Features".</summary>
    public string FeatureColumnName = "Features";

    /// <summary>
    /// More columns to learn from, of numbers or keys, alone or in vectors; see what each <see cref="Network"/> reads. Default
    /// null: none. With some, the default network is <c>Network.Joined()</c>, which reads all.
    /// </summary>
    public string[]? MoreFeatureColumnNames;

    /// <summary>
    /// The dimensions of images that come as plain vectors of so many numbers. Default null: a vector of three dimensions is an
    /// image for networks that read images, channels first unless the last dimension is at most 4 and the others are more.
    /// </summary>
    public ImageDimensions? ImageDimensions;

    /// <summary>Tokens that are read of a vector of keys of unknown size, from the first on; at least 1. Default null: 64.</summary>
    public int? MaximumNumberOfTokens;

    /// <summary>How images are changed at random while they are learned from; how strongly is learned with <see cref="ImageAugmentation.Learned"/>. Default null: not at all.</summary>
    public ImageAugmentation? Augmentation;

    /// <summary>A column of Single that says how much each row counts; rows with weight 0 are left out. Default null: all count alike.</summary>
    public string? ExampleWeightColumnName;

    /// <summary>The kind of network. Default null: two hidden layers of 128 units.</summary>
    public Network? Network;

    /// <summary>
    /// Weights to begin with in place of random ones, found by the names of the network's parameters; the log says which. A parameter of
    /// another shape is an error. Not with <c>Fit(trainData, modelParameters)</c>, which begins with a whole network. Default null.
    /// </summary>
    public InitialWeights? InitialWeights;

    /// <summary>
    /// Parameters that are not trained: their names, such as <c>convolution1.weight</c>, the part before a dot for all that begin with it,
    /// or any beginning with a * after it. They stay as <see cref="InitialWeights"/> or the given network has them, to the bit. Default null: none.
    /// </summary>
    public string[]? FrozenParameters;

    /// <summary>The second-order method and its settings. Default null: <see cref="AutoOptions"/>, which is K-FAC but for layers of more than 1000 inputs or outputs, with a damping that suits the size of the data.</summary>
    public PreconditionerOptions? Optimizer;

    /// <summary>Passes over the rows, at least 1. Default null: enough for about 600 updates, between 6 and 75.</summary>
    public int? MaximumNumberOfEpochs;

    /// <summary>Updates of the weights after which the training ends, at least 1. Default null: those of the epochs. With both, the fewer count.</summary>
    public long? MaximumNumberOfSteps;

    /// <summary>
    /// Time after which the training ends, reading of the data included; above 0. Schedules know of it: they end when the time does.
    /// The first step is always made. What a fit learns then depends on the speed of the machine. Default null: no limit.
    /// </summary>
    public TimeSpan? MaximumTrainingTime;

    /// <summary>Rows of a batch, at least 1. Default null: between 16 and 512.</summary>
    public int? BatchSize;

    /// <summary>
    /// Rows that are propagated at once, at least 1: the gradients of as many of them as make up a batch add up to its own. Less memory,
    /// the same updates but for rounding. Default null: the whole batch.
    /// </summary>
    public int? MicroBatchSize;

    /// <summary>
    /// Largest length of a step, &gt; 0, before warm-up and decay. Default null: 1. Of little influence, since each step is
    /// also limited by how much it changes the predictions.
    /// </summary>
    public double? LearningRate;

    /// <summary>What <see cref="LearningRate"/> is multiplied by in the course of the training. Default null: warm-up over 5 %, then along a cosine to 0.</summary>
    public TrainingSchedule? LearningRateSchedule;

    /// <summary>What the damping of <see cref="Optimizer"/> is multiplied by in the course of the training. Default null: 1.</summary>
    public TrainingSchedule? DampingSchedule;

    /// <summary>
    /// What keeps the weights small. Default null: without validation rows and with a multi-layer perceptron of at most 600 units a layer and 600 inputs, for numbers, from 100 rows
    /// on, a prior chosen by the marginal likelihood, and for classes, from 50 to 20 000 rows and without <see cref="MaximumTrainingTime"/>, decay at rates that a first
    /// training chooses, below 50 rows one prior chosen by the marginal likelihood; else a decay of 30 / rows, between 0.003 and 0.1.
    /// </summary>
    public Regularization? Regularization;

    /// <summary>Pull of the weights towards 0, at least 0: short for <c>Regularization.WeightDecay</c>. Default null.</summary>
    public double? WeightDecay;

    /// <summary>
    /// Threads of the processor, at least 1; while training, for all that the process does with libtorch. Default null: 1 for
    /// small networks, where more would only wait for each other; for others, as many as TorchSharp is set to.
    /// </summary>
    public int? NumberOfThreads;

    /// <summary>
    /// Rows to measure with after each epoch; the weights of the epoch with the lowest validation loss are kept. Default null: none, and
    /// the last weights are kept. Pass them to <c>Fit</c> where they differ from fit to fit.
    /// </summary>
    public IDataView? ValidationSet;

    /// <summary>
    /// Share of the rows that is held back to measure with, where no validation rows are given; between 0 and 1. Default null: none,
    /// or 0.1 with <see cref="EarlyStopping"/>. Held-back rows are drawn anew for each fit.
    /// </summary>
    public double? ValidationSetFraction;

    /// <summary>
    /// When to end because the validation loss no longer falls. Default null: never, since the schedule of the learning rate ends the
    /// training well, and rows held back are rows not learned from.
    /// </summary>
    public EarlyStopping? EarlyStopping;

    /// <summary>
    /// What becomes of rows with missing features, those that are NaN or infinite. Default: they are skipped. In any case they are
    /// counted and warned of. Rows without a label or weight are always skipped.
    /// </summary>
    public MissingFeatures MissingFeatures = MissingFeatures.Skip;

    /// <summary>
    /// Whether to add the column <c>OutOfDistributionScore</c>: the standard deviation of the network's outputs from the uncertainty of its weights,
    /// relative to what 95 of 100 rows of the training stay below. From 0 on, without unit; far above 1 for rows unlike those of the training, of which the score
    /// then is a guess. Needs a multi-layer perceptron; scoring propagates a gradient for each class or target. Default false.
    /// </summary>
    public bool OutOfDistributionScore;

    /// <summary>
    /// Bytes that the rows may take in memory, at least 1. Of more, each epoch reads the data anew through a buffer of this size, which
    /// shuffles them, and scales are taken from a sample of this size. Default null: half of the memory that there is.
    /// </summary>
    public long? MemoryBudget;

    /// <summary>
    /// A folder in which the state of the training is saved, in one file for each kind of trainer. A fit that finds the state of an
    /// interrupted one of the same data and options there goes on from it, on the CPU to the same bits; when it is done, the file is
    /// deleted. One training at a time. Default null: nothing is saved.
    /// </summary>
    public string? CheckpointFolder;

    /// <summary>Save after every so many epochs, at least 1. Default null: after each, but not more often than every 10 seconds, unless <see cref="CheckpointInterval"/> is given.</summary>
    public int? CheckpointEpochs;

    /// <summary>Save whenever so much time has passed, within epochs too; above 0. Default null.</summary>
    public TimeSpan? CheckpointInterval;

    /// <summary>
    /// Called after each epoch, on the thread that trains, and after a last one that was not finished. It must not change the network.
    /// Default null.
    /// </summary>
    public Action<EpochMetrics>? MetricsCallback;

    /// <summary>
    /// Where to write the course of the training for TensorBoard, each fit as a run of its own; see <see cref="TensorBoardWriter"/>.
    /// Default null: nowhere.
    /// </summary>
    public string? TensorBoardFolder;

    /// <summary>Stops the training at the next step, as <c>MLContext.CancelExecution</c> does; see <see cref="OnCancellation"/>.</summary>
    public CancellationToken CancellationToken;

    /// <summary>What to do when cancelled. Default: throw an <see cref="OperationCanceledException"/>.</summary>
    public CancellationBehavior OnCancellation = CancellationBehavior.Throw;

    /// <summary>How features are scaled: a benchmark's switch.</summary>
    internal bool RobustFeatures = true;

    /// <summary>Changes what was planned: a benchmark's switch.</summary>
    internal Func<TrainingPlan, TrainingPlan>? Changes;

    /// <summary>The settings of now: what becomes of the fields later does not matter.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Some option makes no sense; the message names all of them.</exception>
    internal virtual TrainingSettings ToSettings(NetworkTask task)
    {
        var problems = Problems().ToList();
        if (problems.Count > 0)
        {
            throw new ArgumentOutOfRangeException(problems[0].Option, string.Join(" ", problems.Select(p => p.Sentence)));
        }

        return new TrainingSettings
        {
            Task = task,
            Columns = new ColumnRoles(
                LabelColumnName,
                new FeatureRoles([FeatureColumnName, .. MoreFeatureColumnNames ?? []], Network)
                {
                    Image = ImageDimensions,
                    MaximumTokens = MaximumNumberOfTokens ?? FeatureRoles.DefaultTokens,
                },
                ExampleWeightColumnName),
            Network = Network,
            InitialWeights = InitialWeights,
            FrozenParameters = [.. FrozenParameters ?? []],
            Optimizer = Optimizer,
            RobustFeatures = RobustFeatures,
            Epochs = MaximumNumberOfEpochs,
            BatchSize = BatchSize,
            LearningRate = LearningRate,
            Regularization = WeightDecay is { } rate ? Training.Regularization.WeightDecay(rate) : Regularization,
            Threads = NumberOfThreads,
            Steps = MaximumNumberOfSteps,
            Time = MaximumTrainingTime,
            MicroBatchSize = MicroBatchSize,
            LearningRateSchedule = LearningRateSchedule,
            DampingSchedule = DampingSchedule,
            ValidationSet = ValidationSet,
            ValidationFraction = ValidationSetFraction,
            EarlyStopping = EarlyStopping,
            OnCancellation = OnCancellation,
            MissingFeatures = MissingFeatures,
            OutOfDistributionScore = OutOfDistributionScore,
            MemoryBudget = MemoryBudget,
            Checkpoints = CheckpointFolder is { } folder
                ? new CheckpointSettings(new CheckpointFile(Path.Combine(folder, task + ".training")), CheckpointEpochs, CheckpointInterval)
                : null,
            Augmentation = Augmentation,
            Changes = Changes,
            MetricsCallback = MetricsCallback,
            TensorBoardFolder = TensorBoardFolder,
            CancellationToken = CancellationToken,
        };
    }
}
