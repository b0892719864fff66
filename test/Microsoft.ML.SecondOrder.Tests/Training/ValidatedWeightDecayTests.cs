using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Tests.Support;
using Microsoft.ML.SecondOrder.Training;
using TorchSharp;
using static TorchSharp.torch;
using static Microsoft.ML.SecondOrder.Tests.MarginalLikelihood.SmallNetworks;

namespace Microsoft.ML.SecondOrder.Tests.Training;

public sealed class ValidatedWeightDecayTests
{
    private const int Columns = 6;

    [Theory]
    [InlineData(0.02, 0.3)]
    [InlineData(0.3, 0.02)]
    public void A_linear_model_goes_to_where_the_other_rate_is_at_rest(double from, double to)
    {
        const double Damping = 0.05, Forever = 1e6;
        using var scope = NewDisposeScope();
        var (x, y) = (Numbers(20, 3), Numbers(20, 2));
        using var network = Linear(3, 2);
        using var other = Linear(3, 2);
        Settle(network, x, y, Damping, from);
        Settle(other, x, y, Damping, to);
        var before = network.call(x).detach();
        using var curvature = Curvature(network, x, y);
        using var response = new DecayResponse(curvature, _ => Damping);

        response.Move(from, to, Forever);

        Same(other.call(x), network.call(x), 1e-9);
        response.Restore();
        Same(before, network.call(x), 0);
    }

    [Fact]
    public void The_way_there_is_that_of_small_steps()
    {
        const double From = 0.1, To = 0.4, Time = 3;
        const int Steps = 300_000;
        double[] ratios = [0, 0.02, 0.5, 1];
        using var scope = NewDisposeScope();

        var reached = DecayResponse.Reach(tensor(ratios), From, To, Time).data<double>().ToArray();

        for (var i = 0; i < ratios.Length; i++)
        {
            var delta = 0.0;
            for (var step = 0; step < Steps; step++)
            {
                delta -= Time / Steps * ((ratios[i] + To) * delta + To - From);
            }

            Assert.Equal(delta, reached[i], 1e-5);
        }
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        using var network = Mlp(3, 2);
        var (x, y) = (Numbers(10, 3), Numbers(10, 2));

        Leak.None(() =>
        {
            using var curvature = Curvature(network, x, y);
            using var response = new DecayResponse(curvature, _ => 0.1);
            response.Move(0.1, 0.2, 5);
            response.Restore();
        });
    }

    [Fact]
    public void A_schedule_has_the_rate_of_its_last_change_and_a_geometric_mean()
    {
        var schedule = new DecaySchedule(0.1, [(0.25, 0.4), (0.75, 0.025)]);

        Assert.Equal([0.1, 0.1, 0.4, 0.4, 0.025, 0.025], new[] { 0, 0.24, 0.25, 0.74, 0.75, 1 }.Select(schedule.At));
        Assert.Equal(Math.Exp(0.25 * Math.Log(0.1) + 0.5 * Math.Log(0.4) + 0.25 * Math.Log(0.025)), schedule.Mean, 1e-12);
        Assert.Equal(0.2, schedule.Times(0.5).At(0.5));
        Assert.Equal(0.05, new DecaySchedule(0.05, []).Mean, 1e-12);
    }

    [Fact]
    public void Weights_and_their_mean_are_exchanged_and_a_new_mean_begins()
    {
        using var scope = NewDisposeScope();
        using var network = Linear(1, 1);
        using var average = new WeightAverage(network);
        double Weight() => network.parameters().Single().ToDouble();
        void Count(double value)
        {
            using var gradMode = no_grad();
            network.parameters().Single().fill_(value);
            average.Add();
        }

        Count(1);
        Count(2);
        Count(6);

        average.Exchange();
        Assert.Equal(3, Weight(), 1e-12);
        average.Exchange();
        Assert.Equal(6, Weight());
        average.Restart();
        Count(10);
        Count(20);
        average.Exchange();
        Assert.Equal(15, Weight(), 1e-12);
        Leak.None(() =>
        {
            using var other = new WeightAverage(network);
            other.Add();
            other.Exchange();
        });
    }

    /// <summary>Classes that are largely chance want more decay than the rule of thumb has.</summary>
    [Fact]
    public void Classes_that_are_not_sure_are_not_learned_by_heart()
    {
        var ml = new MLContext(1);
        var test = View(ml, 3000, 2);
        MulticlassClassificationMetrics Test(Regularization? regularization, out NeuralNetworkPredictionTransformer model)
        {
            model = Trainer(new MLContext(1), o => o.Regularization = regularization).Fit(View(ml, 1200, 1));
            return ml.MulticlassClassification.Evaluate(model.Transform(test));
        }

        var rule = Test(Regularization.WeightDecay(TrainingDefaults.WeightDecay(1200)), out var fixedRate);
        var chosen = Test(null, out var byDefault);

        Assert.True(chosen.LogLoss < 0.97 * rule.LogLoss, $"{chosen.LogLoss} against {rule.LogLoss}");
        Assert.True(chosen.MicroAccuracy > rule.MicroAccuracy, $"{chosen.MicroAccuracy} against {rule.MicroAccuracy}");
        Assert.True(byDefault.Model.Summary.WeightDecay > 1.3 * fixedRate.Model.Summary.WeightDecay, $"{byDefault.Model.Summary.WeightDecay}");
        Assert.NotEqual(1, byDefault.Model.Temperature);
    }

    [Fact]
    public void The_first_training_is_told_of_and_serves_the_temperature_too()
    {
        var ml = new MLContext(1);
        var lines = new List<string>();
        ml.Log += (_, e) => lines.Add(e.Message);

        _ = Trainer(ml).Fit(View(ml, 300, 1));

        Assert.Single(lines, l => l.Contains("Choosing weight decay: training 1 of 1 without a fifth of the rows"));
        Assert.Single(lines, l => l.Contains("Weight decay, chosen by rows that were not learned from"));
        Assert.Single(lines, l => l.Contains("Temperature of the outputs"));
        Assert.DoesNotContain(lines, l => l.Contains("Calibrating"));
    }

    [Fact]
    public void An_interrupted_training_goes_on_to_the_same_bits()
    {
        using var folder = new TemporaryFolder();
        FittedNetwork Fit(int last, string? place) => Trainer(new MLContext(1), o =>
        {
            (o.CheckpointFolder, o.CheckpointEpochs) = (place, place is null ? null : 2);
            o.MetricsCallback = m => _ = m.Epoch == last ? throw new TimeoutException() : 0;
        }).Fit(View(new MLContext(1), 300, 1)).Model;
        Assert.Throws<TimeoutException>(() => Fit(5, folder.File("state")));

        var (whole, resumed) = (Fit(-1, null), Fit(-1, folder.File("state")));

        Assert.Equal(CheckpointTests.Bits(whole), CheckpointTests.Bits(resumed));
        Assert.Equal((whole.Temperature, whole.Summary.WeightDecay), (resumed.Temperature, resumed.Summary.WeightDecay));
    }

    [Fact]
    public void A_first_training_that_is_cancelled_leaves_nothing_to_return()
    {
        using var source = new CancellationTokenSource();
        var ml = new MLContext(1);
        ml.Log += (_, e) =>
        {
            if (e.Message.Contains("Choosing weight decay"))
            {
                source.Cancel();
            }
        };

        Assert.ThrowsAny<OperationCanceledException>(() => Trainer(ml, o => (o.CancellationToken, o.OnCancellation) = (source.Token, CancellationBehavior.ReturnBest)).Fit(View(ml, 300, 1)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(24)]
    public void Too_few_rows_to_leave_some_out_keep_the_rule_of_thumb_and_say_so(int rows)
    {
        var ml = new MLContext(1);
        var lines = new List<string>();
        ml.Log += (_, e) => lines.Add(e.Message);

        var model = Trainer(ml, o => o.Regularization = Regularization.ValidatedWeightDecay).Fit(View(ml, rows, 1)).Model;

        Assert.Equal(0.1, model.Summary.WeightDecay);
        Assert.Single(lines, l => l.Contains($"25 rows are needed to choose it, but there are {rows}"));
    }

    [Fact]
    public void No_time_is_left_after_the_first_training_and_still_there_is_a_model()
    {
        var ml = new MLContext(1);

        var model = Trainer(ml, o => (o.Regularization, o.MaximumTrainingTime) = (Regularization.ValidatedWeightDecay, TimeSpan.FromMilliseconds(1))).Fit(View(ml, 100, 1)).Model;

        Assert.Equal(TrainingStop.TimeLimit, model.Summary.StoppedBy);
        Assert.All(model.Weights, w => Assert.All(w.Values, v => Assert.True(float.IsFinite(v))));
    }

    [Fact]
    public void Numbers_rows_to_validate_with_and_limits_of_time_may_have_it_too()
    {
        var ml = new MLContext(1);
        var numbers = ml.Regression.Trainers.NeuralNetwork(new NeuralNetworkRegressionTrainer.Options
        {
            LabelColumnName = "Number", Network = Network.Mlp(16), MaximumNumberOfEpochs = 15, Regularization = Regularization.ValidatedWeightDecay,
        }).Fit(View(ml, 200, 1)).Model;
        var validated = Trainer(ml, o => o.Regularization = Regularization.ValidatedWeightDecay).Fit(View(ml, 200, 1), View(ml, 100, 2)).Model;
        var timed = Trainer(ml, o => (o.Regularization, o.MaximumTrainingTime) = (Regularization.ValidatedWeightDecay, TimeSpan.FromMinutes(5))).Fit(View(ml, 200, 1)).Model;

        Assert.All([numbers, validated, timed], m => Assert.NotEqual(0.1, m.Summary.WeightDecay));
        Assert.All([numbers, validated, timed], m => Assert.Equal(TrainingStop.Completed, m.Summary.StoppedBy));
        Assert.Equal(100, validated.Summary.ValidationRows);
    }

    private static CurvatureSum Curvature(nn.Module<Tensor, Tensor> network, Tensor x, Tensor y)
    {
        var curvature = new CurvatureSum(network, new GaussianLikelihood(), new LaplaceOptions { Fisher = FisherKind.Exact });
        curvature.Add(x, y);
        return curvature;
    }

    /// <summary>The weights at which the gradient of the mean of half the squares is −γ(F + λ)θ: W((1 + γ)A + γλ) = B.</summary>
    private static void Settle(nn.Module<Tensor, Tensor> network, Tensor x, Tensor y, double damping, double decay)
    {
        using var gradMode = no_grad();
        var count = (double)x.shape[0];
        var matrix = x.t().mm(x).div(count).mul(1 + decay).add(eye(x.shape[1], dtype: float64).mul(decay * damping));
        network.parameters().Single().copy_(linalg.inv(matrix).mm(x.t().mm(y)).div(count).t());
    }

    private static void Same(Tensor expected, Tensor actual, double tolerance) =>
        Assert.InRange(expected.sub(actual).abs().max().ToDouble(), 0, tolerance);

    private static NeuralNetworkMulticlassTrainer Trainer(MLContext ml, Action<NeuralNetworkMulticlassTrainer.Options>? change = null)
    {
        var options = new NeuralNetworkMulticlassTrainer.Options { Network = Network.Mlp(64, 64) };
        change?.Invoke(options);
        return ml.MulticlassClassification.Trainers.NeuralNetwork(options);
    }

    /// <summary>Three classes, none of which is ever sure, and a number.</summary>
    private static IDataView View(MLContext ml, int count, int seed)
    {
        var random = new Random(seed);
        var rows = new List<Row>();
        for (var r = 0; r < count; r++)
        {
            var x = Enumerable.Range(0, Columns).Select(_ => RandomTable.Normal(random)).ToArray();
            double[] scores = [x[0], x[1] * x[2], Math.Sin(2 * x[3])];
            var drawn = scores.Select(s => 1.5 * s - Math.Log(-Math.Log(random.NextDouble()))).ToArray();
            rows.Add(new Row { Features = [.. x.Select(v => (float)v)], Label = (uint)Array.IndexOf(drawn, drawn.Max()), Number = (float)(scores.Sum() + RandomTable.Normal(random)) });
        }

        return ml.Data.LoadFromEnumerable(rows);
    }

    private sealed class Row
    {
        [VectorType(Columns)]
        public float[] Features { get; set; } = [];

        [KeyType(3)]
        public uint Label { get; set; }

        public float Number { get; set; }
    }
}
