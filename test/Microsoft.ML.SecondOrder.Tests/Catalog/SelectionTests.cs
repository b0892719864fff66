using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Selection;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Catalog;

public sealed class SelectionTests
{
    private static readonly SelectionOptions _all = new() { StopsHopeless = false };
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Networks_are_ranked_by_rows_left_out_and_the_best_is_an_ordinary_model()
    {
        using var folder = new Support.TemporaryFolder();
        var train = Waves(600, 1);

        var result = _ml.SecondOrder().SelectRegressionModel(train, candidates: [Network.Mlp(), Network.Mlp(32), Network.ResidualMlp(16, 1)], timeBudget: TimeSpan.FromMinutes(5), options: _all);

        Assert.Equal(SelectionCriterion.LeaveOneOut, result.Leaderboard.Criterion);
        Assert.Equal("Mlp(32) with Silu", result.Leaderboard[0].Name);
        Assert.All(result.Leaderboard, r =>
        {
            Assert.True(r.LeaveOneOut!.Value.Value > r.TrainingError && r.LeaveOneOut.Value.StandardError > 0, r.Name);
            Assert.True(r.Parameters > r.EffectiveParameters && r.EffectiveParameters > 1 && double.IsFinite(r.LogEvidence!.Value) && r.Time > TimeSpan.Zero, r.Name);
            Assert.Null(r.Folds);
        });
        Assert.Equal([1, 2, 3], result.Leaderboard.Select(r => r.Rank!.Value));
        Assert.Same(result.Best, result.Leaderboard[0].Model);
        _ml.Model.Save(result.Best, train.Schema, folder.File("best.zip"));
        var test = Waves(500, 2);
        var error = _ml.Regression.Evaluate(new MLContext().Model.Load(folder.File("best.zip"), out _).Transform(test)).RootMeanSquaredError;
        Assert.InRange(error / result.Leaderboard[0].LeaveOneOut!.Value.Value, 0.8, 1.25); // of rows that nobody has seen
    }

    [Fact]
    public void Options_and_pipelines_are_candidates_too_and_pipelines_of_others_make_it_folds()
    {
        var rows = Examples.View(_ml, 120);
        var result = _ml.SecondOrder().SelectRegressionModel(rows, "Number", candidates:
        [
            new("wide", Quick(Network.Mlp(24))),
            new("pipeline", _ml.Transforms.CopyColumns("X", "Features").Append(_ml.Regression.Trainers.NeuralNetwork(Quick(Network.Mlp(), "X")))),
            new("others", _ml.Regression.Trainers.Sdca("Number")),
        ]);

        Assert.Equal(SelectionCriterion.Folds, result.Leaderboard.Criterion);
        Assert.All(result.Leaderboard.Where(r => r.Status != CandidateStatus.Stopped), r => Assert.Equal(5, r.NumberOfFolds));
        Assert.NotNull(result.Leaderboard.Single(r => r.Name == "wide").LeaveOneOut); // from before it was clear that not all have it
        Assert.Contains("Score", result.Best.Transform(rows).Schema.Select(c => c.Name));
    }

    [Theory]
    [InlineData("binary")]
    [InlineData("multiclass")]
    public void Classes_are_left_out_with_their_log_loss(string task)
    {
        var rows = Examples.View(_ml, 150);
        ModelCandidate[] candidates = task == "binary"
            ? [new("a", new NeuralNetworkBinaryTrainer.Options { LabelColumnName = "Flag", Network = Network.Mlp(8), MaximumNumberOfEpochs = 20 }), new("linear", new NeuralNetworkBinaryTrainer.Options { LabelColumnName = "Flag", Network = Network.Mlp(), MaximumNumberOfEpochs = 20 })]
            : [new("a", new NeuralNetworkMulticlassTrainer.Options { LabelColumnName = "Kind", Network = Network.Mlp(8), MaximumNumberOfEpochs = 20 }), new("linear", new NeuralNetworkMulticlassTrainer.Options { LabelColumnName = "Kind", Network = Network.Mlp(), MaximumNumberOfEpochs = 20 })];

        var result = task == "binary"
            ? _ml.SecondOrder().SelectBinaryModel(rows, "Flag", candidates: candidates, options: _all)
            : _ml.SecondOrder().SelectMulticlassModel(rows, "Kind", candidates: candidates, options: _all);

        Assert.Equal((SelectionCriterion.LeaveOneOut, "log-loss in nats"), (result.Leaderboard.Criterion, result.Leaderboard.Error));
        Assert.All(result.Leaderboard, r => Assert.InRange(r.LeaveOneOut!.Value.Value, r.TrainingError!.Value, 0.6));
    }

    [Fact]
    public void Leaving_out_agrees_with_trainings_that_left_out()
    {
        var list = Examples.List(30);
        var options = Quick(Network.Mlp()); // trainings of wider ones end in several places
        options.Regularization = Regularization.MarginalLikelihood();
        options.MaximumNumberOfEpochs = 100;

        var selected = _ml.SecondOrder().SelectRegressionModel(_ml.Data.LoadFromEnumerable(list), "Number", candidates: [new("a", options)]);

        var refits = Enumerable.Range(0, 30).Select(i => Score(options, [.. list.Where((_, j) => j != i)], list[i]) - list[i].Number);
        var truth = Math.Sqrt(refits.Average(e => e * e));
        Assert.InRange(selected.Leaderboard[0].LeaveOneOut!.Value.Value / truth, 0.75, 1.33);
    }

    [Fact]
    public void Pipelines_may_make_the_label_and_rows_may_count_differently()
    {
        var rows = Examples.View(_ml, 120);
        ModelCandidate Pipeline(string name, Network network) => new(name, _ml.Transforms.Conversion.MapValueToKey("Named", nameof(Example.KindName))
            .Append(_ml.MulticlassClassification.Trainers.NeuralNetwork("Named", exampleWeightColumnName: nameof(Example.Weight), network: network, maximumNumberOfEpochs: 5)));

        var result = _ml.SecondOrder().SelectMulticlassModel(rows, "Named", exampleWeightColumnName: nameof(Example.Weight), candidates: [Pipeline("a", Network.Mlp(6)), Pipeline("b", Network.Mlp(3))]);

        Assert.Equal(SelectionCriterion.LeaveOneOut, result.Leaderboard.Criterion);
        Assert.All(result.Leaderboard, r => Assert.InRange(r.LeaveOneOut!.Value.Value, 0.01, 1.2));
    }

    [Fact]
    public void Several_targets_are_compared_in_units_of_their_spreads()
    {
        ModelCandidate Candidate(string name, Network network) => new(name, new NeuralNetworkRegressionTrainer.Options { LabelColumnName = "Pair", Network = network, MaximumNumberOfEpochs = 8 });

        var result = _ml.SecondOrder().SelectRegressionModel(Examples.View(_ml, 60), "Pair", candidates: [Candidate("a", Network.Mlp(6)), Candidate("b", Network.Mlp())]);

        Assert.All(result.Leaderboard, r => Assert.InRange(r.LeaveOneOut!.Value.Value, 0.001, 1.5));
        Assert.Contains("units of the labels' spreads", result.Leaderboard.Error);
    }

    [Fact]
    public void More_folds_than_rows_do_without_the_empty_ones_and_frozen_parameters_want_folds()
    {
        var frozen = Quick(Network.Mlp(4));
        frozen.FrozenParameters = ["hidden1"];

        var result = _ml.SecondOrder().SelectRegressionModel(Examples.View(_ml, 12), "Number", candidates: [new("frozen", frozen)], options: new() { NumberOfFolds = 8 });

        Assert.Equal(SelectionCriterion.Folds, result.Leaderboard.Criterion);
        Assert.InRange(result.Leaderboard[0].NumberOfFolds, 2, 8);
    }

    [Fact]
    public void Evidence_ranks_where_it_is_asked_to()
    {
        var result = _ml.SecondOrder().SelectRegressionModel(Waves(150, 1), candidates: [Network.Mlp(4), Network.Mlp(12)], criterion: SelectionCriterion.Evidence);

        Assert.True(result.Leaderboard[0].LogEvidence >= result.Leaderboard[1].LogEvidence);
        Assert.All(result.Leaderboard, r => Assert.Null(r.LeaveOneOut));
    }

    [Fact]
    public void Folds_drop_the_hopeless_and_train_the_best_on_all_rows()
    {
        var result = _ml.SecondOrder().SelectRegressionModel(
            Waves(400, 1), candidates: [new("linear", Options(Network.Mlp())), new("network", Options(Network.Mlp(32)))], criterion: SelectionCriterion.Folds, options: new() { NumberOfFolds = 4 });

        Assert.Equal(("network", 4, CandidateStatus.Best), (result.Leaderboard[0].Name, result.Leaderboard[0].NumberOfFolds, result.Leaderboard[0].Status));
        Assert.Equal(("linear", 2, CandidateStatus.Stopped), (result.Leaderboard[1].Name, result.Leaderboard[1].NumberOfFolds, result.Leaderboard[1].Status));
        Assert.Contains("standard errors behind network", result.Leaderboard[1].Remark);
        Assert.Equal(400, ((NeuralNetworkPredictionTransformer)result.Best).Model.Summary.Rows);
    }

    [Fact]
    public void A_training_far_behind_the_leader_s_is_stopped_half_way()
    {
        var epochs = 0;
        var slow = Options(Network.Mlp());
        slow.MetricsCallback = m => epochs = m.Epoch;

        var result = _ml.SecondOrder().SelectRegressionModel(Waves(400, 1), candidates: [new("network", Options(Network.Mlp(32))), new("linear", slow)]);

        Assert.Equal(CandidateStatus.Stopped, result.Leaderboard[1].Status);
        Assert.Contains("times that of network", result.Leaderboard[1].Remark);
        Assert.InRange(epochs, 1, 45);
    }

    [Theory]
    [InlineData(SelectionCriterion.LeaveOneOut)]
    [InlineData(SelectionCriterion.Folds)]
    public void However_little_time_there_is_a_model_is_returned_and_the_rest_is_listed(SelectionCriterion criterion)
    {
        var result = _ml.SecondOrder().SelectRegressionModel(
            Waves(200, 1), candidates: [Network.Mlp(64, 64), Network.Mlp(65, 65), Network.Mlp(66, 66)], timeBudget: TimeSpan.FromMilliseconds(1), criterion: criterion);

        Assert.IsType<NeuralNetworkPredictionTransformer>(result.Best);
        Assert.Equal(CandidateStatus.Best, result.Leaderboard[0].Status);
        Assert.All(result.Leaderboard.Skip(1), r => Assert.Equal(CandidateStatus.NotReached, r.Status));
        Assert.Contains("not reached", result.Leaderboard.ToString());
    }

    [Fact]
    public void A_candidate_that_fails_is_listed_and_where_all_fail_each_says_why()
    {
        var diverging = Quick(Network.Mlp(4));
        diverging.WeightDecay = 1e30;
        var rows = Examples.View(_ml, 60);

        var result = _ml.SecondOrder().SelectRegressionModel(rows, "Number", candidates: [new("bad", diverging), new("good", Quick(Network.Mlp(4)))]);
        var none = Assert.Throws<InvalidOperationException>(() => _ml.SecondOrder().SelectRegressionModel(rows, "Number", candidates: [new("bad", diverging)]));

        Assert.Equal(("good", CandidateStatus.Failed), (result.Leaderboard[0].Name, result.Leaderboard[1].Status));
        Assert.Contains("diverged", result.Leaderboard[1].Remark);
        Assert.Contains("bad: The training diverged", none.Message);
    }

    [Fact]
    public void Cancelled_it_throws_or_returns_the_best_so_far()
    {
        using var stop = new CancellationTokenSource();
        var second = Quick(Network.Mlp(5));
        second.MetricsCallback = _ => stop.Cancel();
        ModelCandidate[] candidates = [new("first", Quick(Network.Mlp(4))), new("second", second), new("third", Quick(Network.Mlp(6)))];
        var rows = Examples.View(_ml, 60);
        var options = new SelectionOptions { CancellationToken = stop.Token };

        Assert.ThrowsAny<OperationCanceledException>(() => _ml.SecondOrder().SelectRegressionModel(rows, "Number", candidates: candidates, options: options));
        using var again = new CancellationTokenSource();
        second.MetricsCallback = _ => again.Cancel();
        var result = _ml.SecondOrder().SelectRegressionModel(
            rows, "Number", candidates: candidates, options: new() { CancellationToken = again.Token, OnCancellation = CancellationBehavior.ReturnBest });

        Assert.Equal("first", result.Leaderboard[0].Name);
        Assert.Equal(2, result.Leaderboard.Count(r => r.Status == CandidateStatus.NotReached));
    }

    [Fact]
    public void The_report_shows_every_candidate_and_holds_no_script()
    {
        using var folder = new Support.TemporaryFolder();
        var rows = Examples.View(_ml, 60);
        var result = _ml.SecondOrder().SelectRegressionModel(rows, "Number", candidates: [new("<b>one</b>", Quick(Network.Mlp(4))), new("two", Quick(Network.Mlp(3, 3)))], options: _all);

        result.SaveReport(folder.File("selection.html"));

        var page = File.ReadAllText(folder.File("selection.html"));
        XDocument.Parse(Regex.Replace(page, "<!DOCTYPE html>|<meta [^>]*>", ""));
        Assert.Contains("&lt;b&gt;one&lt;/b&gt;", page);
        Assert.Contains("default-src 'none'", page);
        Assert.DoesNotContain("<script", page);
        Assert.Equal(5, Regex.Count(page, "<svg "));
        Assert.Equal(10, Regex.Count(page, "class=\"dot\""));
    }

    [Fact]
    public void The_leaderboard_is_an_aligned_table()
    {
        var result = _ml.SecondOrder().SelectRegressionModel(Examples.View(_ml, 60), "Number", candidates: [new("one", Quick(Network.Mlp(4))), new("another", Quick(Network.Mlp(3)))], options: _all);

        var lines = result.Leaderboard.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(4, lines.Length);
        Assert.StartsWith("Ranked by leave-one-out error.", lines[0]);
        Assert.Equal(lines[2].IndexOf(result.Leaderboard[0].Name, StringComparison.Ordinal), lines[1].IndexOf("candidate", StringComparison.Ordinal));
        Assert.DoesNotContain("folds", lines[1]);
    }

    [Fact]
    public void What_makes_no_sense_is_named()
    {
        var rows = Examples.View(_ml, 30);
        string Problem(Func<SelectionResult> select) => Assert.ThrowsAny<ArgumentException>(select).Message;
        var operations = _ml.SecondOrder();

        Assert.Contains("at least one candidate", Problem(() => operations.SelectRegressionModel(rows, candidates: [])));
        Assert.Contains("called 'Mlp(4) with Silu'", Problem(() => operations.SelectRegressionModel(rows, candidates: [Network.Mlp(4), Network.Mlp(4)])));
        Assert.Contains("time budget", Problem(() => operations.SelectRegressionModel(rows, timeBudget: TimeSpan.Zero)));
        Assert.Contains("NumberOfFolds", Problem(() => operations.SelectRegressionModel(rows, options: new() { NumberOfFolds = 1 })));
        Assert.Contains("keeps rows together", Problem(() => operations.SelectRegressionModel(rows, options: new() { SamplingKeyColumnName = "Id" })));
        Assert.Contains("are for Regression", Problem(() => operations.SelectBinaryModel(rows, "Number", candidates: [new("a", Quick(Network.Mlp(4)))])));
        Assert.Contains("must predict the same", Problem(() => operations.SelectRegressionModel(rows, "Label", candidates: [new("a", Quick(Network.Mlp(4)))])));
        Assert.Contains("'Nothing'", Problem(() => operations.SelectRegressionModel(rows, "Number", "Nothing", candidates: [Network.Mlp(4)])));
    }

    private float Score(NeuralNetworkRegressionTrainer.Options options, List<Example> rows, Example one) =>
        _ml.Regression.Trainers.NeuralNetwork(options).Fit(_ml.Data.LoadFromEnumerable(rows)).Transform(_ml.Data.LoadFromEnumerable([one])).GetColumn<float>("Score").Single();

    private static NeuralNetworkRegressionTrainer.Options Quick(Network network, string features = "Features") => new()
    {
        LabelColumnName = "Number", FeatureColumnName = features, Network = network, MaximumNumberOfEpochs = 8,
    };

    private static NeuralNetworkRegressionTrainer.Options Options(Network network) => new() { Network = network, MaximumNumberOfEpochs = 40 };

    private IDataView Waves(int count, int seed)
    {
        var random = new Random(seed);
        return _ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(_ =>
        {
            var (x, z) = ((float)(4 * random.NextDouble()), (float)random.NextDouble());
            return new Wave { Features = [x, z], Label = MathF.Sin(3 * x) + z + 0.1f * (float)(random.NextDouble() - 0.5) };
        }).ToList());
    }

    private sealed class Wave
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public float Label { get; set; }
    }
}
