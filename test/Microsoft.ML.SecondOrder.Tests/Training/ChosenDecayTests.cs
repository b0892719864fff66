using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Preconditioners;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Tests.Support;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Training;

/// <summary>Where the evidence chooses the rate of the decay: for more than two classes, and where one asks for it.</summary>
public sealed class ChosenDecayTests
{
    [Fact]
    public void Rate_is_told_by_epochs_and_summary()
    {
        var seen = new List<EpochMetrics>();

        var model = Fit(Rows(150, 1), o => o.MetricsCallback = seen.Add);

        var last = seen[^1];
        Assert.Equal(0, seen[0].WeightDecay);
        Assert.InRange(last.WeightDecay, 1e-4, 0.9);
        Assert.Equal(last.WeightDecay, model.Model.Summary.WeightDecay);
        Assert.InRange(last.EffectiveParameters!.Value, 1, 700);
        Assert.True(double.IsFinite(last.LogEvidence!.Value) && last.PriorPrecision is null);
        Assert.Contains(FormattableString.Invariant($"effective parameters, weight decay {last.WeightDecay:G3}"), EpochLine.Of(last));
    }

    [Fact]
    public void More_noise_takes_more_decay()
    {
        double Rate(double noise) => Fit(Rows(300, 1, noise)).Model.Summary.WeightDecay;

        var (clear, noisy) = (Rate(0), Rate(0.4));

        Assert.True(noisy > 1.5 * clear, $"{noisy} against {clear}");
    }

    [Fact]
    public void Training_that_was_interrupted_goes_on_to_the_same_bits()
    {
        using var folder = new TemporaryFolder();
        float[] Weights(NeuralNetworkPredictionTransformer model) => [.. model.Model.Weights.SelectMany(w => w.Values)];
        var whole = Fit(Rows(100, 1));
        using var stop = new CancellationTokenSource();
        void Saving(NeuralNetworkBinaryTrainer.Options options)
        {
            options.CheckpointFolder = folder.File("state");
            options.CheckpointEpochs = 1;
        }

        Assert.Throws<OperationCanceledException>(() => Fit(Rows(100, 1), o =>
        {
            Saving(o);
            o.CancellationToken = stop.Token;
            o.MetricsCallback = m => (m.Epoch == 30 ? (Action)stop.Cancel : () => { })();
        }));
        var resumed = Fit(Rows(100, 1), Saving);

        Assert.Equal(Weights(whole), Weights(resumed));
        Assert.Equal(whole.Model.History.Select(m => m.WeightDecay), resumed.Model.History.Select(m => m.WeightDecay));
    }

    [Theory]
    [InlineData(6)]
    [InlineData(15)]
    [InlineData(21)]
    [InlineData(45)]
    public void No_small_table_is_learned_much_worse_than_by_decay(int seed)
    {
        const double BesideDecay = 3;
        var table = RandomTable.Draw(seed);
        var ml = new MLContext(seed);
        var schema = SchemaDefinition.Create(typeof(TableRow));
        schema[nameof(TableRow.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, table.Columns);
        schema[nameof(TableRow.Label)].ColumnType = new KeyDataViewType(typeof(uint), table.Classes);
        IDataView View(IEnumerable<RandomTable.Row> rows) => ml.Data.LoadFromEnumerable(rows.Select(r => new TableRow { Features = r.Features, Label = r.Kind + 1 }), schema);
        double Error(Regularization regularization)
        {
            var options = new NeuralNetworkMulticlassTrainer.Options { Network = Network.Mlp(32, 32), Regularization = regularization };
            var scored = ml.MulticlassClassification.Trainers.NeuralNetwork(options).Fit(View(table.Train)).Transform(View(table.Test));
            return scored.GetColumn<VBuffer<float>>("Score").Zip(table.Test, (s, r) => -Math.Log(Math.Max(1e-12, s.GetItemOrDefault((int)r.Kind)))).Average();
        }

        var (evidence, decay) = (Error(Regularization.MarginalLikelihood()), Error(Regularization.WeightDecay(TrainingDefaults.WeightDecay(table.Train.Count))));

        Assert.True(evidence <= BesideDecay * decay, $"{table.About}: {evidence} beside {decay}");
    }

    [Fact]
    public void Certainty_of_predictions_is_that_of_a_training_with_the_same_decay()
    {
        void Uncertain(NeuralNetworkBinaryTrainer.Options o) => (o.Predictive, o.UncertainLayers, o.OutOfDistributionScore, o.Calibration) =
            (ClassPredictive.Probit, UncertainLayers.All, true, ProbabilityCalibration.None);
        float[] Column(NeuralNetworkPredictionTransformer model, string name) => [.. model.Transform(View(Rows(300, 2))).GetColumn<float>(name)];
        var chosen = Fit(Rows(200, 1), Uncertain);
        var given = Fit(Rows(200, 1), o =>
        {
            Uncertain(o);
            o.Regularization = Regularization.WeightDecay(chosen.Model.Summary.WeightDecay);
        });

        foreach (var (name, difference) in new[] { ("Probability", 0.1), ("OutOfDistributionScore", 0.15) })
        {
            var (one, other) = (Column(chosen, name), Column(given, name));
            Assert.InRange(one.Zip(other, (a, b) => Math.Abs(a - b)).Average(), 0, difference);
        }
    }

    [Fact]
    public void Numbers_may_have_it_too()
    {
        var options = new NeuralNetworkRegressionTrainer.Options
        {
            LabelColumnName = nameof(Row.Number), Network = Network.Mlp(32, 32), Regularization = Regularization.MarginalLikelihood(PriorPrecision.Curvature), PredictionInterval = 0.9,
        };

        var model = new MLContext(1).Regression.Trainers.NeuralNetwork(options).Fit(View(Rows(200, 1)));

        Assert.InRange(model.Model.Summary.WeightDecay, 1e-5, 0.99);
        var scored = model.Transform(View(Rows(500, 2)));
        var (lower, upper) = (scored.GetColumn<float>("PredictionIntervalLower").ToList(), scored.GetColumn<float>("PredictionIntervalUpper").ToList());
        Assert.InRange(Rows(500, 2).Where((r, i) => r.Number >= lower[i] && r.Number <= upper[i]).Count(), 400, 500);
    }

    public static TheoryData<string> Networks => ["residual", "transformer", "singd"];

    [Theory, MemberData(nameof(Networks))]
    public void Other_networks_and_methods_have_it_too(string kind)
    {
        var model = Fit(Rows(150, 1), o =>
        {
            o.Network = kind switch { "residual" => Network.ResidualMlp(16, 2), "transformer" => Network.FtTransformer(8, 1), _ => Network.Mlp(16) };
            o.Optimizer = kind == "singd" ? new SingdOptions { Damping = 0.05 } : null;
        });

        Assert.InRange(model.Model.Summary.WeightDecay, 1e-4, 0.99);
        Assert.True(model.Model.History[^1].Accuracy > 0.9 && double.IsFinite(model.Model.History[^1].LogEvidence!.Value));
    }

    [Fact]
    public void Few_rows_true_or_false_and_optimizers_without_curvature_of_layers_have_another_prior()
    {
        var shape = new NetworkShape(4, 3);
        TrainingPlan Plan(NetworkTask task, PreconditionerOptions? optimizer, int rows, Network? network = null, TimeSpan? time = null) => TrainingDefaults.Plan(
            new TrainingSettings { Task = task, Columns = new ColumnRoles("Label", new FeatureRoles(["Features"]), null), Optimizer = optimizer, Network = network, Time = time }, null, shape, rows);
        PriorPrecision Prior(NetworkTask task, PreconditionerOptions? optimizer = null, int rows = 100) => TrainingDefaults.Prior(task, shape, Plan(task, optimizer, rows));
        bool Chooses(NetworkTask task, int rows = 100, Network? network = null, TimeSpan? time = null, bool isNew = true) => TrainingDefaults.ChoosesPrior(task, Plan(task, null, rows, network, time), isNew);

        Assert.Equal(PriorPrecision.Curvature, Prior(NetworkTask.MulticlassClassification));
        Assert.Equal(PriorPrecision.Shared, Prior(NetworkTask.MulticlassClassification, rows: 49));
        Assert.Equal(PriorPrecision.Shared, Prior(NetworkTask.BinaryClassification));
        Assert.Equal(PriorPrecision.Shared, Prior(NetworkTask.MulticlassClassification, new AdamWOptions()));
        Assert.Equal(PriorPrecision.PerInput, Prior(NetworkTask.Regression));
        Assert.True(Chooses(NetworkTask.MulticlassClassification));
        Assert.False(Chooses(NetworkTask.BinaryClassification));
        Assert.False(Chooses(NetworkTask.MulticlassClassification, rows: 49));
        Assert.False(Chooses(NetworkTask.MulticlassClassification, rows: 20_001));
        Assert.False(Chooses(NetworkTask.MulticlassClassification, network: Network.ResidualMlp(8, 1)));
        Assert.False(Chooses(NetworkTask.MulticlassClassification, time: TimeSpan.FromMinutes(1)));
        Assert.False(Chooses(NetworkTask.MulticlassClassification, isNew: false));
        Assert.Contains("works layer by layer", Assert.ThrowsAny<ArgumentException>(() => Fit(Rows(20, 1), o =>
        {
            o.Optimizer = new AdamWOptions();
            o.Regularization = Regularization.MarginalLikelihood(PriorPrecision.Curvature);
        })).Message);
    }

    [Theory]
    [InlineData(0.0, PriorPrecision.Curvature)]
    [InlineData(0.4, PriorPrecision.Shared)]
    public void Clear_classes_get_a_decay_and_doubtful_ones_one_precision(double noise, PriorPrecision expected)
    {
        var model = Three(noise);

        Assert.Equal(expected == PriorPrecision.Curvature, model.Model.History[^1].PriorPrecision is null);
        Assert.Equal(expected, model.Model.Origin!.HyperParameters!.Prior);
        Assert.InRange(model.Model.Summary.WeightDecay, 0, TrainingDefaults.WeightDecay(100));
    }

    [Fact]
    public void A_prior_that_was_chosen_is_chosen_again_and_goes_on_to_the_same_bits()
    {
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        float[] Weights(NeuralNetworkPredictionTransformer model) => [.. model.Model.Weights.SelectMany(w => w.Values)];
        void Saving(NeuralNetworkMulticlassTrainer.Options options)
        {
            (options.CheckpointFolder, options.CheckpointEpochs) = (folder.File("state"), 1);
        }

        Assert.Throws<OperationCanceledException>(() => Three(0.4, o =>
        {
            Saving(o);
            o.CancellationToken = stop.Token;
            o.MetricsCallback = m => Cancel(stop, m.Epoch == 30);
        }));

        Assert.Equal(Weights(Three(0.4)), Weights(Three(0.4, Saving)));
    }

    private static void Cancel(CancellationTokenSource stop, bool now)
    {
        if (now)
        {
            stop.Cancel();
        }
    }

    /// <summary>A hundred rows of three classes far from each other, some labels by chance, by the evidence.</summary>
    private static NeuralNetworkPredictionTransformer Three(double noise, Action<NeuralNetworkMulticlassTrainer.Options>? more = null)
    {
        var random = new Random(5);
        var rows = Enumerable.Range(0, 100).Select(i =>
        {
            var x = Enumerable.Range(0, 6).Select(_ => (float)(2 * random.NextDouble() - 1)).ToArray();
            x[i % 3] += 3;
            return new TableRow { Features = x, Label = 1 + (uint)(random.NextDouble() < noise ? random.Next(3) : i % 3) };
        }).ToList();
        var schema = SchemaDefinition.Create(typeof(TableRow));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 6);
        schema["Label"].ColumnType = new KeyDataViewType(typeof(uint), 3);
        var options = new NeuralNetworkMulticlassTrainer.Options { Network = Network.Mlp(32, 32), Regularization = Regularization.MarginalLikelihood() };
        more?.Invoke(options);
        var ml = new MLContext(1);
        return ml.MulticlassClassification.Trainers.NeuralNetwork(options).Fit(ml.Data.LoadFromEnumerable(rows, schema));
    }

    private static NeuralNetworkPredictionTransformer Fit(List<Row> rows, Action<NeuralNetworkBinaryTrainer.Options>? more = null)
    {
        var options = new NeuralNetworkBinaryTrainer.Options { Network = Network.Mlp(32, 32), Regularization = Regularization.MarginalLikelihood(PriorPrecision.Curvature) };
        more?.Invoke(options);
        return new MLContext(1).BinaryClassification.Trainers.NeuralNetwork(options).Fit(View(rows));
    }

    private static IDataView View(List<Row> rows) => new MLContext(1).Data.LoadFromEnumerable(rows);

    /// <param name="count">How many.</param>
    /// <param name="seed">Of the draws.</param>
    /// <param name="noise">Share of the labels that are wrong.</param>
    private static List<Row> Rows(int count, int seed, double noise = 0)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var x = Enumerable.Range(0, 6).Select(_ => (float)(2 * random.NextDouble() - 1)).ToArray();
            var y = Math.Sin(3 * x[0]) + x[1] + 0.1 * (random.NextDouble() - 0.5);
            return new Row { Features = x, Label = y > 0 != random.NextDouble() < noise, Number = (float)y };
        })];
    }

    private sealed class TableRow
    {
        public float[] Features { get; set; } = [];

        public uint Label { get; set; }
    }

    private sealed class Row
    {
        [VectorType(6)]
        public float[] Features { get; set; } = [];

        public bool Label { get; set; }

        public float Number { get; set; }
    }
}
