using Microsoft.ML.AutoML;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;
using Microsoft.ML.SecondOrder.AutoML;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Tests.Catalog;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.AutoML;

public sealed class ExperimentTests
{
    private const int Rows = 150;

    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _data;

    public ExperimentTests() => _data = Examples.View(_ml, Rows);

    [Fact]
    public async Task The_best_of_several_trials_wins_and_the_first_is_the_default()
    {
        var trials = new Trials();

        var best = await Numbers(_ml, 4, trials).SetSecondOrderTrialRunner().RunAsync(Stop);

        Assert.Equal(4, trials.Completed.Count);
        Assert.Same(trials.Completed.MinBy(t => t.Loss), best);
        Assert.True(trials.Completed.Max(t => t.Loss) > 1.05 * best.Loss, string.Join(", ", trials.Completed.Select(t => t.Loss)));
        Assert.Equal(new NeuralNetworkRegressionParameters().ToString(), Parameters(trials.Completed[0]));
        Assert.Equal(TrainingDefaults.Network, Model(trials.Completed[0]).Network);
        Assert.InRange(_ml.Regression.Evaluate(best.Model.Transform(_data), "Number").RSquared, 0.9, 1);
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_losses()
    {
        var (first, second) = (new Trials(), new Trials());

        await Numbers(_ml, 2, first).SetSecondOrderTrialRunner().RunAsync(Stop);
        await Numbers(new MLContext(seed: 1), 2, second).SetSecondOrderTrialRunner().RunAsync(Stop);

        Assert.Equal(first.Completed.Select(t => t.Loss), second.Completed.Select(t => t.Loss));
    }

    [Fact]
    public async Task Folds_are_measured_and_the_model_learns_from_all_rows()
    {
        var best = Assert.IsType<SecondOrderTrialResult>(
            await Numbers(_ml, 1).SetSecondOrderTrialRunner(TrialCriterion.Folds(3, seed: 7)).RunAsync(Stop));

        var child = new MLContext(seed: 1);
        var expected = child.Data.CrossValidationSplit(_data, 3, seed: 7).Select(fold => child.Regression.Evaluate(
            child.Regression.Trainers.NeuralNetwork("Number", maximumNumberOfEpochs: 8).Fit(fold.TrainSet).Transform(fold.TestSet), "Number").RootMeanSquaredError).ToArray();
        Assert.Equal(expected, best.FoldMetrics);
        Assert.Equal(expected.Average(), best.Metric);
        Assert.Equal(best.Metric, best.Loss);
        Assert.Equal(Rows, Model(best).Summary.Rows);
        Assert.NotNull(best.LogEvidence);
        // Kronecker factors may count more than there are rows.
        Assert.InRange(best.EffectiveParameters!.Value, 1, Model(best).Weights.Sum(w => w.Values.Length));
    }

    [Fact]
    public async Task The_experiments_own_metric_and_folds_are_taken_where_they_are_set()
    {
        var best = Assert.IsType<SecondOrderTrialResult>(
            await Numbers(_ml, 1).SetRegressionMetric(RegressionMetric.RSquared, "Number").SetSecondOrderTrialRunner().RunAsync(Stop));

        Assert.Equal(2, best.FoldMetrics.Count);
        Assert.InRange(best.Metric, 0.5, 1);
        Assert.Equal(-best.Metric, best.Loss);
    }

    [Fact]
    public async Task Rows_left_out_rank_where_they_are_asked_to()
    {
        var best = Assert.IsType<SecondOrderTrialResult>(
            await Experiment(_ml, Alone(Network(Space(60))), 1).SetSecondOrderTrialRunner(TrialCriterion.LeaveOneOut()).RunAsync(Stop));

        Assert.Equal(best.LeaveOneOut!.Value.Value, best.Metric);
        Assert.Equal(best.Metric, best.Loss);
        Assert.InRange(best.LeaveOneOut.Value.StandardError, 1e-6, best.Metric);
        var (learned, fresh) = (Error(best.Model, _data), Error(best.Model, Examples.View(_ml, 1000, seed: 2)));
        Assert.InRange(best.Metric, learned, 2 * fresh);
        Assert.InRange(best.EffectiveParameters!.Value, 1, Rows);
        Assert.NotNull(best.LogEvidence);
        Assert.Empty(best.FoldMetrics);
        Assert.Equal(Rows, Model(best).Summary.Rows);
    }

    [Fact]
    public async Task The_evidence_ranks_where_it_is_asked_to_whatever_regularised()
    {
        var space = Space(8);
        space["Regularization"] = new ChoiceOption(SearchedRegularization.WeightDecay);
        var trials = new Trials();

        var first = Assert.IsType<SecondOrderTrialResult>(await Numbers(_ml, 1).SetSecondOrderTrialRunner(TrialCriterion.Evidence).RunAsync(Stop));
        var best = await Experiment(_ml, Alone(Network(space)), 3, trials).SetSecondOrderTrialRunner(TrialCriterion.Evidence).RunAsync(Stop);

        Assert.Equal((first.LogEvidence!.Value, -first.LogEvidence.Value), (first.Metric, first.Loss));
        Assert.Equal(trials.Completed.Max(t => t.Metric), best.Metric);
        Assert.All(trials.Completed, t => Assert.Equal(((SecondOrderTrialResult)t).LogEvidence, t.Metric));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_model_without_the_criterion_says_why(bool evidence)
    {
        var linear = _ml.Auto().CreateSweepableEstimator((context, _) => context.Regression.Trainers.Sdca("Number"), new SearchSpace<Nothing>());

        var failure = await Assert.ThrowsAnyAsync<Exception>(() =>
            Experiment(_ml, Alone(linear), 1).SetSecondOrderTrialRunner(evidence ? TrialCriterion.Evidence : TrialCriterion.LeaveOneOut()).RunAsync(Stop));

        Assert.IsType<InvalidOperationException>(failure.GetBaseException());
        Assert.Contains("TrialCriterion.Folds()", failure.GetBaseException().Message);
    }

    [Fact]
    public async Task Rows_to_validate_with_take_the_place_of_folds()
    {
        var split = _ml.Data.TrainTestSplit(_data, 0.2, seed: 3);

        var best = Assert.IsType<SecondOrderTrialResult>(
            await Numbers(_ml, 1).SetDataset(split).SetSecondOrderTrialRunner(TrialCriterion.Folds(4)).RunAsync(Stop));

        Assert.Equal(best.Metric, Assert.Single(best.FoldMetrics));
        Assert.Equal(_ml.Regression.Evaluate(best.Model.Transform(split.TestSet), "Number").RootMeanSquaredError, best.Metric);
        Assert.InRange(Model(best).Summary.Rows, 80, Rows - 1);
    }

    [Fact]
    public async Task True_or_false_and_classes_are_ranked_by_their_log_loss()
    {
        var binary = _ml.Auto().CreateSweepableEstimator((context, p) => context.BinaryClassification.Trainers.NeuralNetwork(p.ToOptions()), new SearchSpace<NeuralNetworkBinaryParameters>(new() { LabelColumnName = "Flag", MaximumNumberOfEpochs = 8 }));
        var classes = _ml.Auto().CreateSweepableEstimator((context, p) => context.MulticlassClassification.Trainers.NeuralNetwork(p.ToOptions()), new SearchSpace<NeuralNetworkMulticlassParameters>(new() { LabelColumnName = "Kind", MaximumNumberOfEpochs = 8 }));

        var first = await Experiment(_ml, Alone(binary), 2).SetSecondOrderTrialRunner().RunAsync(Stop);
        var second = await Experiment(_ml, Alone(classes), 2).SetSecondOrderTrialRunner().RunAsync(Stop);
        var third = await Experiment(_ml, Alone(binary), 1).SetSecondOrderTrialRunner(TrialCriterion.LeaveOneOut()).RunAsync(Stop);
        var fourth = await Experiment(_ml, Alone(classes), 1).SetSecondOrderTrialRunner(TrialCriterion.LeaveOneOut()).RunAsync(Stop);

        Assert.InRange(first.Metric, 0.01, 0.9);
        Assert.InRange(second.Metric, 0.01, Math.Log(3));
        Assert.InRange(third.Metric, 0.01, Math.Log(2));
        Assert.InRange(fourth.Metric, 0.01, Math.Log(3));
        Assert.Equal((NetworkTask.BinaryClassification, NetworkTask.MulticlassClassification), (Model(first).Task, Model(second).Task));
    }

    [Fact]
    public async Task An_experiment_that_is_cancelled_gives_the_best_so_far()
    {
        using var stop = new CancellationTokenSource();
        var trials = new Trials { AfterTrial = stop.Cancel };

        var best = await Numbers(_ml, 1000, trials).SetSecondOrderTrialRunner().RunAsync(stop.Token);

        Assert.Same(Assert.Single(trials.Completed), best);
    }

    [Fact]
    public async Task A_training_ends_when_the_experiments_time_is_over()
    {
        await Assert.ThrowsAsync<TimeoutException>(() =>
            Experiment(_ml, Alone(Network(Space(1_000_000))), 1).SetTrainingTimeInSeconds(1).SetSecondOrderTrialRunner().RunAsync(Stop));
    }

    [Fact]
    public async Task Other_trainers_are_ranked_beside_networks()
    {
        var linear = _ml.Auto().CreateSweepableEstimator((context, _) => context.Regression.Trainers.Sdca("Number"), new SearchSpace<Nothing>());
        var trials = new Trials();

        var best = await Experiment(_ml, _ml.Transforms.CopyColumns("Copy", "Features").Append(linear, Network(Space(8))), 4, trials)
            .SetRegressionMetric(RegressionMetric.MeanAbsoluteError, "Number").SetSecondOrderTrialRunner().RunAsync(Stop);

        Assert.Contains(trials.Completed, t => ((SecondOrderTrialResult)t).LogEvidence is null);
        Assert.Same(trials.Completed.MinBy(t => t.Loss), best);
    }

    [Fact]
    public async Task What_an_experiment_lacks_is_named()
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => Experiment(_ml, Alone(Network(Space(2))), 1, rows: false).SetSecondOrderTrialRunner().RunAsync(Stop));

        Assert.Contains("call SetDataset", failure.GetBaseException().Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => TrialCriterion.Folds(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => TrialCriterion.LeaveOneOut((RegressionLoss)7));
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Of small networks, for speed.</summary>
    private static SearchSpace<NeuralNetworkRegressionParameters> Space(int epochs)
    {
        var space = new SearchSpace<NeuralNetworkRegressionParameters>(new() { LabelColumnName = "Number", MaximumNumberOfEpochs = epochs });
        space["Width"] = new ChoiceOption([16, 32, 128], 128);
        space["Depth"] = new ChoiceOption([1, 2], 2);
        return space;
    }

    private SweepableEstimator Network(SearchSpace<NeuralNetworkRegressionParameters> space) =>
        _ml.Auto().CreateSweepableEstimator((context, p) => context.Regression.Trainers.NeuralNetwork(p.ToOptions()), space);

    /// <summary>A pipeline needs something before what is searched.</summary>
    private SweepablePipeline Alone(SweepableEstimator searched) => _ml.Transforms.CopyColumns("Copy", "Features").Append(searched);

    private AutoMLExperiment Numbers(MLContext ml, int trials, Trials? monitor = null) => Experiment(ml, Alone(Network(Space(8))), trials, monitor);

    private AutoMLExperiment Experiment(MLContext ml, SweepablePipeline pipeline, int trials, Trials? monitor = null, bool rows = true)
    {
        var experiment = ml.Auto().CreateExperiment().SetPipeline(pipeline).SetMaxModelToExplore(trials).SetMonitor(monitor ?? new Trials());
        return rows ? experiment.SetDataset(_data, fold: 2) : experiment;
    }

    private static FittedNetwork Model(TrialResult trial) => ((NeuralNetworkPredictionTransformer)((IEnumerable<ITransformer>)trial.Model).Last()).Model;

    private double Error(ITransformer model, IDataView rows) => _ml.Regression.Evaluate(model.Transform(rows), "Number").RootMeanSquaredError;

    private static string Parameters(TrialResult trial) =>
        trial.TrialSettings.Parameter["_pipeline_"]["e1"].AsType<NeuralNetworkRegressionParameters>().ToString();

    public sealed class Nothing
    {
    }

    /// <summary>Keeps what an experiment reports.</summary>
    private sealed class Trials : IMonitor
    {
        public List<TrialResult> Completed { get; } = [];

        public Action AfterTrial { get; init; } = () => { };

        public void ReportCompletedTrial(TrialResult result)
        {
            Completed.Add(result);
            AfterTrial();
        }

        public void ReportBestTrial(TrialResult result)
        {
        }

        public void ReportFailTrial(TrialSettings settings, Exception? exception = null)
        {
        }

        public void ReportRunningTrial(TrialSettings settings)
        {
        }
    }
}
