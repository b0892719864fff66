using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Preconditioners;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Training;

public sealed class TrainingDefaultsTests
{
    // By hand: n/24 is 3.3, 83, 458 and 3333, the nearest powers of two 4, 64, 512 and 4096.
    [Theory]
    [InlineData(1, 16)]
    [InlineData(80, 16)]
    [InlineData(2000, 64)]
    [InlineData(11_000, 512)]
    [InlineData(80_000, 512)]
    public void Batches_grow_with_the_rows(int rows, int expected) => Assert.Equal(expected, TrainingDefaults.BatchSize(rows));

    [Theory]
    [InlineData(80, 16, 75)]
    [InlineData(2000, 64, 19)]
    [InlineData(11_000, 512, 28)]
    [InlineData(80_000, 512, 6)]
    public void Epochs_make_about_600_updates(int rows, int batch, int expected) => Assert.Equal(expected, TrainingDefaults.Epochs(rows, batch));

    [Theory]
    [InlineData(80, 0.1)]
    [InlineData(2000, 0.015)]
    [InlineData(80_000, 0.003)]
    public void Weight_decay_falls_with_the_rows(int rows, double expected) => Assert.Equal(expected, TrainingDefaults.WeightDecay(rows), 1e-12);

    // By hand: 0.5·d/n is 0.02, 0.01, 0.1 and 0.0001.
    [Theory]
    [InlineData(100, 4, 0.02)]
    [InlineData(500, 10, 0.01)]
    [InlineData(3000, 600, 0.1)]
    [InlineData(80_000, 17, 0.01)]
    public void Damping_grows_with_columns_per_row(int rows, int features, double expected) =>
        Assert.Equal(expected, Optimizer(rows, features).Kfac().Damping, 1e-12);

    [Fact]
    public void Curvature_is_exact_for_numbers_and_sampled_for_classes()
    {
        Assert.Equal(FisherKind.Exact, Optimizer(100, 4).Fisher);
        Assert.Equal(FisherKind.Sampled, Optimizer(100, 4, NetworkTask.BinaryClassification).Fisher);
        Assert.Equal(FisherKind.Sampled, Optimizer(100, 4, NetworkTask.MulticlassClassification).Fisher);
        Assert.Equal(FisherKind.Sampled, Optimizer(100, 2000, NetworkTask.MulticlassClassification).Fisher);
    }

    [Fact]
    public void Layers_of_a_table_get_the_K_FAC_that_was_measured() => Assert.Equal(
        new KfacOptions
        {
            Fisher = FisherKind.Exact,
            Damping = 0.02,
            DampingKind = KfacDamping.Factored,
            FactorDecay = 0.95,
            CovarianceInterval = 10,
            InverseInterval = 10,
            EagerSteps = 3,
        },
        Choice(4, 128, 100));

    [Fact]
    public void Factors_are_inverted_up_to_a_width_of_1000_and_hierarchical_beyond()
    {
        Assert.IsType<KfacOptions>(Choice(1000, 128, 1000));
        Assert.Equal(MatrixPattern.Hierarchical(15, 15), Assert.IsType<SingdOptions>(Choice(1001, 128, 1000)).Inputs);
        Assert.Equal(MatrixPattern.Hierarchical(15, 15), Assert.IsType<SingdOptions>(Choice(5, 2000, 100)).Outputs);
        Assert.Equal(0.1, Assert.IsType<SingdOptions>(Choice(5, 2000, 100)).Damping);
        Assert.IsType<KfacOptions>(Choice(128, 128, 1000));
    }

    [Fact]
    public void Settings_of_the_user_come_first()
    {
        var settings = new TrainingSettings
        {
            Task = NetworkTask.Regression,
            Columns = new ColumnRoles("Label", new FeatureRoles(["Features"]), null),
            Network = Network.Mlp(3),
            Optimizer = new SingdOptions { Damping = 7 },
            Epochs = 9,
            BatchSize = 40,
            LearningRate = 0.5,
            Regularization = Regularization.None,
            Threads = 3,
        };

        var plan = TrainingDefaults.Plan(settings, initial: null, new NetworkShape(5, 1), 100);

        Assert.Equal((Network.Mlp(3), 9, 3, 34), (plan.Network, plan.Epochs, plan.Batches, plan.BatchSize));
        Assert.Equal(3, plan.Threads);
        Assert.Equal((0.5, 0.0, 7.0), (plan.LearningRate, plan.WeightDecay, ((SingdOptions)plan.Optimizer).Damping));
    }

    [Fact]
    public void Transformers_get_more_damping_less_decay_less_momentum_and_a_longer_start()
    {
        TrainingPlan Plan(Network network, InitialWeights? weights = null) => TrainingDefaults.Plan(
            new TrainingSettings
            {
                Task = NetworkTask.MulticlassClassification,
                Columns = new ColumnRoles("Label", new FeatureRoles(["Features"]), null),
                Network = network,
                InitialWeights = weights,
            },
            initial: null, new NetworkShape(16, 3), 10_000);
        static (double Damping, double? Constraint, double Momentum, double Decay, double Fallback, double WarmUp) Numbers(TrainingPlan plan) =>
            (((AutoOptions)plan.Optimizer).Damping, plan.NormConstraint, plan.Momentum, plan.WeightDecay, plan.FallbackRate, plan.LearningRateSchedule.WarmUp);

        Assert.Equal((0.02, 8e-3, 0.6, 0.003 * 0.1, 0.03, 0.15), Numbers(Plan(Network.FtTransformer())));
        Assert.Equal((0.01, 3e-3, 0.9, 3e-3, 0.03, 0.05), Numbers(Plan(Network.Joined())));
        Assert.Equal((0.01, 3e-3, 0.9, 0, 0.03, 0.05), Numbers(Plan(Network.Mlp(128, 128)))); // its decay is chosen later
        Assert.Equal(1e-3, Plan(Network.FtTransformer(), InitialWeights.Of([new NamedWeights("a", [1], [0])])).FallbackRate);
    }

    [Theory]
    [InlineData(500, 0.1)]
    [InlineData(8000, 0.0125)]
    [InlineData(60_000, 0.003)]
    public void Transformers_of_images_and_words_decay_more(int rows, double expected) => Assert.All(
        new Network[] { Network.VisionTransformer(), Network.TextTransformer() }, n => Assert.Equal(expected, TrainingDefaults.WeightDecay(rows, n), 1e-12));

    // By hand: 0.5·49/1000 and 0.5·49/8000 of patches of 7 x 7; all 784 pixels would give 0.1 and 0.049.
    [Theory]
    [InlineData(1000, 0.0245)]
    [InlineData(8000, 0.01)]
    public void Damping_of_a_vision_transformer_counts_what_a_patch_has(int rows, double expected)
    {
        var shape = new NetworkShape(784, 10) { Segments = [new("Pixels", InputKind.PlanarImage, [1, 28, 28], [])] };

        Assert.Equal(expected, TrainingDefaults.Optimizer(shape, rows, NetworkTask.MulticlassClassification, Network.VisionTransformer(7, 2)).Damping, 1e-12);
    }

    [Fact]
    public void A_batch_is_never_larger_than_the_data()
    {
        var settings = new TrainingSettings
        {
            Task = NetworkTask.Regression,
            Columns = new ColumnRoles("Label", new FeatureRoles(["Features"]), null),
            BatchSize = 1000,
        };

        var plan = TrainingDefaults.Plan(settings, initial: null, new NetworkShape(5, 1), 7);

        Assert.Equal((1, 7, 75), (plan.Batches, plan.BatchSize, plan.Epochs));
    }

    private static AutoOptions Optimizer(int rows, int features, NetworkTask task = NetworkTask.Regression) =>
        TrainingDefaults.Optimizer(new NetworkShape(features, 1), rows, task);

    /// <summary>What a dense layer gets on any device, in a network of so many inputs.</summary>
    private static LayerPreconditionerOptions Choice(int inputs, int outputs, int rows) =>
        AutoChoice.Of(Optimizer(rows, inputs), new LayerShape("a", outputs, inputs + 1, true, TorchSharp.torch.ScalarType.Float32, TorchSharp.torch.CPU), TorchSharp.DeviceType.CUDA, 1).Options;
}
