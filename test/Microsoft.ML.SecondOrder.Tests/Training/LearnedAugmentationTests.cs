using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Persistence;
using Microsoft.ML.SecondOrder.Preconditioners;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Tests.Support;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Training;

/// <summary>Strengths of augmentation that the evidence learns.</summary>
public sealed class LearnedAugmentationTests
{
    private const int Side = 11, Rows = 150;

    private static readonly Network _network = Network.Convolutional(8, 16) with { HiddenWidths = [32] };

    [Theory]
    [InlineData(0, 1, 0, 0)] // the top is where one is
    [InlineData(0, 1, 0.5, 1 / 24.0)] // slope 1, bent by 24
    [InlineData(0, 1, 1.9, 0.5)] // slope 3.8, bent by 1.6, which counts as 2: too far
    [InlineData(1.9, 1, 0, -0.5)]
    [InlineData(1.25, 1, 1.5, 0.25)] // a valley of slope 0.5
    [InlineData(1, 1, 1, 0)]
    [InlineData(double.NegativeInfinity, 1, 1, 0)] // no number to go by
    [InlineData(double.NaN, 1, 1, 0)]
    public void A_step_goes_to_the_top_of_a_parabola_that_is_bent_but_not_too_far(double below, double here, double above, double step) =>
        Assert.Equal(step, AugmentationSearch.Uphill(below, here, above, leastBend: 2, longest: 0.5), 1e-12);

    [Fact]
    public void Turns_are_learned_where_they_say_nothing_of_the_class_and_not_where_they_do()
    {
        // From 10 degrees: turned by any angle the shapes stay what they are; the directions, which are 45 degrees apart, take each other's place from 22.5 degrees on.
        const double Begin = 10;
        var (shapes, directions) = (Fit(Shape, turned: 180), Fit(Direction, turned: 0));

        Assert.True(shapes.Summary.Augmentation!.Rotation > 9 * Begin, $"{shapes.Summary.Augmentation}");
        Assert.True(directions.Summary.Augmentation!.Rotation < Begin / 3, $"{directions.Summary.Augmentation}");
        Assert.Equal(shapes.Summary.Augmentation, shapes.History[^1].Augmentation);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_interrupted_training_goes_on_to_the_same_bits(bool byEvidence)
    {
        using var folder = new TemporaryFolder();
        FittedNetwork Run(string? place, int interruptAfter) => Fit(Shape, turned: 90, o =>
        {
            (o.CheckpointFolder, o.CheckpointEpochs, o.MaximumNumberOfEpochs) = (place, place is null ? null : 2, 9);
            o.Regularization = byEvidence ? Regularization.MarginalLikelihood() : null;
            o.MetricsCallback = m =>
            {
                if (m.Epoch == interruptAfter)
                {
                    throw new TimeoutException();
                }
            };
        });
        var whole = Run(null, int.MaxValue);

        Assert.Throws<TimeoutException>(() => Run(folder.File("state"), 6));
        var resumed = Run(folder.File("state"), int.MaxValue);

        Assert.Equal(CheckpointTests.Bits(whole), CheckpointTests.Bits(resumed));
        Assert.Equal(whole.History.Select(m => m.Augmentation), resumed.History.Select(m => m.Augmentation));
        Assert.NotEqual(10, whole.Summary.Augmentation!.Rotation);
    }

    public static TheoryData<string> Variants => ["stream", "singd", "resnet", "transformer", "expand"];

    [Theory]
    [MemberData(nameof(Variants))]
    public void All_strengths_move_with_other_rows_methods_and_networks(string variant)
    {
        var begin = new ImageAugmentation { Shift = 1, Rotation = 10, Crop = 0.1, Flip = true, IsLearned = true };

        var found = Fit(Shape, turned: 90, o =>
        {
            (o.Augmentation, o.MaximumNumberOfSteps) = (begin, 20);
            switch (variant)
            {
                case "stream":
                    o.MemoryBudget = 60 * (Side * Side + 2) * sizeof(float);
                    break;
                case "singd":
                    o.Optimizer = new SingdOptions { Damping = 0.1, ScaledStart = true, NormalizeFactorStep = true };
                    break;
                case "resnet":
                    o.Network = Network.WideResNet(10, 1);
                    break;
                case "transformer":
                    o.Network = Network.VisionTransformer(Side, 1) with { Width = 16, Heads = 2 };
                    break;
                case "expand":
                    o.Regularization = Regularization.MarginalLikelihood(PriorPrecision.PerLayer) with { Sharing = WeightSharing.Expand };
                    break;
            }
        }).Summary.Augmentation!;

        Assert.True(found.Flip && found.Shift != begin.Shift && found.Rotation != begin.Rotation && found.Crop != begin.Crop, $"{found}");
        Assert.True(found.Shift is > 0 and <= Side / 2.0 && found.Rotation is > 0 and <= 180 && found.Crop is > 0 and <= 0.7, $"{found}");
    }

    [Theory]
    [InlineData(-1, 0, 0)]
    [InlineData(0, double.NaN, 0)]
    [InlineData(0, 0, 1)]
    public void Strengths_that_no_training_has_are_no_part_of_a_file(double shift, double rotation, double crop)
    {
        var writer = new BodyWriter();
        AugmentationFormat.Write(writer, new ImageAugmentation { Shift = shift, Rotation = rotation, Crop = crop });

        var error = Assert.Throws<FormatException>(() => AugmentationFormat.Read(new BodyReader(writer.WrittenMemory)));

        Assert.Contains("how images were changed", error.Message);
    }

    [Fact]
    public void A_training_leaves_no_tensor_behind() => Leak.None(() => Fit(Shape, turned: 90, o => o.MaximumNumberOfSteps = 10));

    [Fact]
    public void Numbers_have_their_noise_chosen_beside_a_decay()
    {
        var ml = new MLContext(1);
        var trainer = ml.Regression.Trainers.NeuralNetwork(new NeuralNetworkRegressionTrainer.Options
        {
            FeatureColumnName = nameof(Image.Pixels), LabelColumnName = nameof(Image.Brightness), Network = _network, Augmentation = ImageAugmentation.Learned, MaximumNumberOfEpochs = 6,
        });

        Assert.NotEqual(10, trainer.Fit(View(ml, Shape, turned: 90)).Model.Summary.Augmentation!.Rotation);
    }

    [Fact]
    public void Log_report_and_saved_model_tell_the_strengths()
    {
        var ml = new MLContext(1);
        var lines = new List<string>();
        ml.Log += (_, e) => lines.Add(e.RawMessage);
        var data = View(ml, Shape, turned: 90);
        var model = Trainer(ml, o => o.MaximumNumberOfEpochs = 3).Fit(data);
        using var folder = new TemporaryFolder();

        ml.Model.Save(model, data.Schema, folder.File("model.zip"));
        var loaded = (NeuralNetworkPredictionTransformer)new MLContext().Model.Load(folder.File("model.zip"), out _);

        ml.SecondOrder().SaveReport(model, null, folder.File("report.html"));

        Assert.Contains(model.Model.Summary.Augmentation!.InWords(), File.ReadAllText(folder.File("report.html")));
        Assert.Contains(lines, l => l.StartsWith("Epoch 3/3") && l.Contains($", {model.Model.Summary.Augmentation!.InWords()}, learning rate"));
        Assert.Equal(model.Model.Summary.Augmentation, loaded.Model.Summary.Augmentation);
    }

    [Fact]
    public void What_cannot_be_learned_is_an_error_that_says_why()
    {
        string Message(Action<NeuralNetworkMulticlassTrainer.Options> change) =>
            Assert.ThrowsAny<ArgumentException>(() => Fit(Shape, turned: 0, change)).Message;

        Assert.Contains("needs a prior", Message(o => o.Regularization = Regularization.None));
        Assert.Contains("needs a prior", Message(o => o.WeightDecay = 0));
        Assert.Contains("needs a prior", Message(o => o.Regularization = Regularization.ValidatedWeightDecay));
        Assert.Contains("needs a prior", Message(o => o.Optimizer = new AdamWOptions()));
        Assert.Contains("all are 0", Message(o => o.Augmentation = new ImageAugmentation { IsLearned = true }));
        Assert.Contains("FrozenParameters", Message(o => o.FrozenParameters = ["output"]));
        var noImages = Message(o => o.Network = Network.Mlp(4));
        Assert.Contains("changes images", noImages);
        Assert.Contains("such as Network.Convolutional", noImages);
    }

    private static FittedNetwork Fit(Func<int, float[]> draw, double turned, Action<NeuralNetworkMulticlassTrainer.Options>? change = null)
    {
        var ml = new MLContext(1);
        return Trainer(ml, change).Fit(View(ml, draw, turned)).Model;
    }

    private static NeuralNetworkMulticlassTrainer Trainer(MLContext ml, Action<NeuralNetworkMulticlassTrainer.Options>? change = null)
    {
        var options = new NeuralNetworkMulticlassTrainer.Options
        {
            FeatureColumnName = nameof(Image.Pixels), Network = _network, Augmentation = new ImageAugmentation { Rotation = 10, IsLearned = true }, MaximumNumberOfEpochs = 40,
        };
        change?.Invoke(options);
        return ml.MulticlassClassification.Trainers.NeuralNetwork(options);
    }

    /// <summary>Three classes in turn, in noise.</summary>
    private static IDataView View(MLContext ml, Func<int, float[]> draw, double turned)
    {
        const float Noise = 0.3f;
        var segment = new InputSegment("p", InputKind.PlanarImage, [1, Side, Side], []);
        var plain = new FeatureScaling([.. new double[Side * Side]], [.. Enumerable.Repeat(1.0, Side * Side)]);
        var turns = new ImageAugmentation { Rotation = turned };
        using var changes = new AugmentedRows(new MemoryRows(new TrainingRows(new FloatRows(Side * Side), [], []), 1), turns, [segment], plain, seed: 1);
        var random = new Random(3);
        var schema = SchemaDefinition.Create(typeof(Image));
        schema[nameof(Image.Pixels)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 1, Side, Side);
        return ml.Data.LoadFromEnumerable(Enumerable.Range(0, Rows).Select(i =>
        {
            var pixels = draw(i % 3);
            changes.Change(pixels, turns, random);
            return new Image { Pixels = [.. pixels.Select(p => p + Noise * (2 * random.NextSingle() - 1))], Label = (uint)(i % 3), Brightness = pixels.Sum() };
        }).ToList(), schema);
    }

    /// <summary>A bar, a cross or a corner, whichever way they lie.</summary>
    private static float[] Shape(int label) => Drawn((x, y) => label switch
    {
        0 => y == 0,
        1 => y == 0 || x == 0,
        _ => (y == 0 && x >= 0) || (x == 0 && y >= 0),
    });

    /// <summary>A bar that lies, stands or leans.</summary>
    private static float[] Direction(int label) => Drawn((x, y) => label switch
    {
        0 => y == 0,
        1 => x == 0,
        _ => x == y,
    });

    private static float[] Drawn(Func<int, int, bool> isSet) =>
        [.. Enumerable.Range(0, Side * Side).Select(i => (X: i % Side - Side / 2, Y: i / Side - Side / 2)).Select(p => p.X * p.X + p.Y * p.Y <= 16 && isSet(p.X, p.Y) ? 1f : 0f)];

    private sealed class Image
    {
        public float[] Pixels { get; set; } = [];

        [KeyType(3)]
        public uint Label { get; set; }

        public float Brightness { get; set; }
    }
}
