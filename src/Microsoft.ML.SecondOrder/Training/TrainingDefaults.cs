using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Preconditioners;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>
/// What is chosen where the user chose nothing, from the number n of rows and d of features alone. The rules were found
/// on sixteen tables of 80 to 20 000 rows; beyond that they extrapolate.
/// </summary>
internal static class TrainingDefaults
{
    public const double LearningRate = 1;
    private const double Momentum = 0.9;

    /// <summary>Shorter, for longer steps: transformers change their course more often.</summary>
    private const double TransformerMomentum = 0.6;

    /// <summary>
    /// AdamW's rate for parameters without a layer rule: embeddings, positions, norms. A tenth of it, and they lag behind the
    /// layers, which second order takes much further in a step than AdamW would.
    /// </summary>
    public const double FallbackRate = 0.03;

    /// <summary>The same where weights were given, which such steps would throw away.</summary>
    private const double LearnedFallbackRate = 1e-3;

    /// <summary>κ: the step is shortened until the predicted change of the outputs' distribution stays below this.</summary>
    private const double LongestStep = 3e-3;

    /// <summary>Batches of fewer rows take shorter steps, where the evidence regularises numbers; of even fewer, no shorter ones.</summary>
    private const int FewestQuietRows = 64, FewestNoisyRows = 16;

    /// <summary>κ of transformers.</summary>
    private const double LongestTransformerStep = 8e-3;

    /// <summary>Share of the updates over which the rate of transformers rises.</summary>
    private const double TransformerWarmUp = 0.15;

    /// <summary>Part of the decay that transformers of tables get.</summary>
    private const double TableTransformerDecay = 0.1;

    /// <summary>Least λ; small tables with little noise want it this small, transformers are thrown off by it.</summary>
    private const double LeastDamping = 0.01;

    private const double LeastTransformerDamping = 0.02;

    private const double MostDamping = 0.1;

    /// <summary>T: how many steps the curvature is used before it is renewed.</summary>
    private const int Interval = 10;

    /// <summary>The exact curvature takes a pass backward for each output.</summary>
    private const int MostExactOutputs = 8;

    /// <summary>Layers wider than this take longer for their eigenvalues than for their training.</summary>
    private const long WidestEvidence = 600;

    /// <summary>With fewer, a network that decays may be so sure of classes that are chance that the shares of the classes would be better.</summary>
    private const int FewestDecayedRows = 50;

    /// <summary>With fewer, nothing was measured.</summary>
    private const int FewestEvidenceRows = 100;

    private const int MostOwnPrecisions = 500;

    private const long SmallProduct = 1 << 24;

    public static Network Network => Network.Mlp(128, 128);

    /// <param name="settings">What the user asks for.</param>
    /// <param name="initial">The network to begin with; null for a new one.</param>
    /// <param name="shape">Inputs and outputs.</param>
    /// <param name="rows">Rows to learn from.</param>
    public static TrainingPlan Plan(TrainingSettings settings, Network? initial, NetworkShape shape, int rows)
    {
        var network = settings.Network ?? initial ?? settings.Columns.Features.Reader;
        var batchSize = Math.Min(settings.BatchSize ?? BatchSize(rows), rows);
        var batches = (int)Math.Ceiling(rows / (double)batchSize);
        var regularization = settings.Regularization ?? Regularization(settings, network, shape, rows, isNew: initial is null);
        return new TrainingPlan
        {
            Network = network,
            Optimizer = settings.Optimizer ?? Optimizer(shape, rows, settings.Task, network),
            NormConstraint = StepBound(settings.Task, network, regularization, batchSize),
            Momentum = IsTransformer(network) ? TransformerMomentum : Momentum,
            FallbackRate = initial is null && settings.InitialWeights is null ? FallbackRate : LearnedFallbackRate,
            Rows = rows,
            Epochs = Epochs(settings, rows, batchSize, batches),
            Batches = batches,
            MaximumSteps = settings.Steps,
            MaximumTime = settings.Time,
            MicroBatchSize = settings.MicroBatchSize,
            LearningRateSchedule = settings.LearningRateSchedule ?? (IsTransformer(network) ? TrainingSchedule.Cosine(warmUp: TransformerWarmUp) : TrainingSchedule.Cosine()),
            DampingSchedule = settings.DampingSchedule ?? TrainingSchedule.Constant(),
            EarlyStopping = settings.EarlyStopping,
            LearningRate = settings.LearningRate ?? LearningRate,
            Regularization = regularization,
            Threads = settings.Threads ?? Threads(network, shape, batchSize),
        };
    }

    /// <summary>
    /// κ. Where the evidence regularises numbers it goes with the batch size, below 64 rows: what long steps along the noise of small
    /// batches destroy counts as noise at the next look, and the prior keeps it from coming back. With decay that noise regularises, and is wanted.
    /// </summary>
    private static double StepBound(NetworkTask task, Network network, Regularization regularization, int batchSize) =>
        IsTransformer(network) ? LongestTransformerStep
        : task == NetworkTask.Regression && regularization is MarginalLikelihoodRegularization ? LongestStep * Math.Clamp(batchSize, FewestNoisyRows, FewestQuietRows) / FewestQuietRows
        : LongestStep;

    /// <summary>The epochs that were asked for, or those that the steps that were asked for make up, or the rule's.</summary>
    private static int Epochs(TrainingSettings settings, int rows, int batchSize, int batches)
    {
        var bySteps = settings.Steps is { } steps ? (int)Math.Min(int.MaxValue, (steps + batches - 1) / batches) : int.MaxValue;
        return Math.Min(bySteps, settings.Epochs ?? (settings.Steps is null ? Epochs(rows, batchSize) : int.MaxValue));
    }

    /// <summary>The power of two nearest to n / 24, from 16 to 512.</summary>
    public static int BatchSize(int rows) => (int)Math.Clamp(Math.Pow(2, Math.Round(Math.Log2(rows / 24.0))), 16, 512);

    /// <summary>About 600 updates: what counts is their number, not that of the epochs.</summary>
    public static int Epochs(int rows, int batchSize) => (int)Math.Clamp(Math.Round(600.0 * batchSize / rows), 6, 75);

    /// <summary>
    /// For multi-layer perceptrons without rows to validate with the evidence for numbers, and for classes a decay that a first training chooses, or with very few rows the
    /// evidence: measured on tables, these mend much where the rule of thumb is wrong, and harm little where it is right. The rule of thumb for all else.
    /// </summary>
    private static Regularization Regularization(TrainingSettings settings, Network network, NetworkShape shape, int rows, bool isNew)
    {
        var isNumber = settings.Task == NetworkTask.Regression;
        return network is not MlpNetwork || settings.ValidationSet is not null || settings.HeldBack != 0 || !settings.FrozenParameters.IsEmpty
                || network.ParameterShapes(shape).Max(p => p.Shape.Max()) > WidestEvidence
            ? Training.Regularization.WeightDecay(WeightDecay(rows, network))
            : isNumber && rows >= FewestEvidenceRows && shape.Outputs <= MostExactOutputs ? Training.Regularization.MarginalLikelihood()
            : !isNumber && rows < FewestDecayedRows ? Training.Regularization.MarginalLikelihood(PriorPrecision.Shared)
            : !isNumber && isNew && settings.Time is null && rows <= OutOfFold.MostRows ? Training.Regularization.ValidatedWeightDecay
            : Training.Regularization.WeightDecay(WeightDecay(rows));
    }

    /// <summary>
    /// Which weights share a precision, where nobody said and it is not <see cref="ChoosesPrior">chosen</see>. Decay is a prior only beside steps that the curvature preconditions;
    /// for more than two classes it serves better where they are clear, but not with very few rows.
    /// </summary>
    public static PriorPrecision Prior(NetworkTask task, NetworkShape shape, TrainingPlan plan) => task == NetworkTask.Regression
        ? shape.Inputs <= MostOwnPrecisions ? PriorPrecision.PerInput : PriorPrecision.Shared
        : HasDecayAsPrior(task, plan) ? PriorPrecision.Curvature : PriorPrecision.Shared;

    /// <summary>Whether short trainings choose between one precision and the decay: for new multi-layer perceptrons of more than two classes without a limit of time.</summary>
    public static bool ChoosesPrior(NetworkTask task, TrainingPlan plan, bool isNew) =>
        HasDecayAsPrior(task, plan) && plan.Network is MlpNetwork && plan.MaximumTime is null && isNew && plan.Rows <= OutOfFold.MostRows;

    private static bool HasDecayAsPrior(NetworkTask task, TrainingPlan plan) =>
        task == NetworkTask.MulticlassClassification && plan.Optimizer is LayerPreconditionerOptions && plan.Rows >= FewestDecayedRows;

    /// <summary>
    /// Whether class probabilities get a temperature where nobody said: where there are rows to validate with, since it costs nothing; else for
    /// multi-layer perceptrons, from one further training or several short ones, where no time is set.
    /// </summary>
    public static bool Calibrates(TrainingSettings settings, TrainingPlan plan, bool hasValidation) => settings.Task != NetworkTask.Regression
        && (settings.Calibration is { } choice ? choice == ProbabilityCalibration.Temperature
            : hasValidation || (plan.Network is MlpNetwork && plan.MaximumTime is null && plan.Rows is >= TemperatureFit.FewestRows and <= OutOfFold.MostRows));

    /// <summary>30/n from 0.003 to 0.1; 100/n within the same limits for transformers of images and words, a tenth of 30/n for those of tables.</summary>
    public static double WeightDecay(int rows, Network? network = null) => network switch
    {
        VisionTransformerNetwork or TextTransformerNetwork => Math.Clamp(100.0 / rows, 0.003, 0.1),
        FtTransformerNetwork => TableTransformerDecay * WeightDecay(rows),
        _ => Math.Clamp(30.0 / rows, 0.003, 0.1),
    };

    /// <summary>
    /// One thread where the largest matrix product of a step takes less than about a millisecond: more of them would mostly
    /// wait for each other, ten times as long as they work where the processor has other things to do as well. It also
    /// makes results independent of the number of cores. Null for larger networks.
    /// </summary>
    public static int? Threads(Network network, NetworkShape shape, int batchSize)
    {
        var largest = network.ParameterShapes(shape).Max(p => p.Shape.Aggregate((long)batchSize, (product, d) => product * d));
        return largest <= SmallProduct ? 1 : null;
    }

    /// <summary>
    /// K-FAC for each layer, or SINGD and mini-blocks where a factor is so wide that inverting it would cost more than it gains. All learn
    /// the curvature of the model's own distribution: exactly for a number, from one drawn label a row for classes.
    /// </summary>
    public static AutoOptions Optimizer(NetworkShape shape, int rows, NetworkTask task, Network? network = null) => Optimizer(
        Features(shape, network), rows, task == NetworkTask.Regression && shape.Outputs <= MostExactOutputs ? FisherKind.Exact : FisherKind.Sampled,
        network is FtTransformerNetwork or TextTransformerNetwork ? LeastTransformerDamping : LeastDamping);

    /// <inheritdoc cref="KfacOptions"/>
    public static KfacOptions Kfac(NetworkShape shape, int rows, FisherKind fisher) => Optimizer(shape.Inputs, rows, fisher, LeastDamping).Kfac();

    /// <inheritdoc cref="SingdOptions"/>
    public static SingdOptions Singd(MatrixPattern pattern, NetworkShape shape, int rows, FisherKind fisher) => Optimizer(shape.Inputs, rows, fisher, LeastDamping).Singd(pattern, pattern);

    /// <summary>
    /// λ = 0.5·d/n between 0.01, or 0.02 for transformers of words and tables, and 0.1, for SINGD at least 10/n. Less serves many rows with little noise, and overfits those with
    /// much. K-FAC on every device, since it learned better than SINGD, and its inverses are rare.
    /// </summary>
    private static AutoOptions Optimizer(long features, int rows, FisherKind fisher, double least) => new()
    {
        Fisher = fisher,
        Damping = Math.Clamp(0.5 * features / rows, least, MostDamping),
        SingdDamping = Math.Clamp(Math.Max(10.0 / rows, 0.5 * features / rows), least, MostDamping),
        FactorDecay = 0.95,
        UpdateInterval = Interval,
        AvoidsWaiting = false,
    };

    /// <summary>d: of an image what a vision transformer's first layer reads at once, which is a patch.</summary>
    private static long Features(NetworkShape shape, Network? network) => network is VisionTransformerNetwork
        ? network.ParameterShapes(shape).First(p => p.Name == "patches.weight").Shape.Skip(1).Aggregate(1L, (product, d) => product * d)
        : shape.Inputs;

    private static bool IsTransformer(Network? network) => network is FtTransformerNetwork or TextTransformerNetwork or VisionTransformerNetwork;
}
