using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using Microsoft.ML.SecondOrder.Tests.Catalog;
using Microsoft.ML.SecondOrder.Tests.Support;
using Microsoft.ML.SecondOrder.Training;
using TorchSharp;

namespace Microsoft.ML.SecondOrder.Tests.Training;

/// <summary>Trainings that begin with the weights of another one, and leave some of them as they are.</summary>
public sealed class TransferTests
{
    public static TheoryData<string> Methods => ["kfac", "singd", "adamw"];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Frozen_weights_stay_to_the_bit_and_the_others_are_trained(string method)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("weights.safetensors");
        var ml = new MLContext(1);
        var first = Trainer(o => o.MaximumNumberOfEpochs = 3).Fit(Examples.View(ml, 150));
        ml.SecondOrder().SaveWeights(first, path);

        var second = Trainer(o =>
        {
            o.InitialWeights = InitialWeights.FromFile(path);
            o.FrozenParameters = ["hidden1.weight", "hidden2"];
            o.WeightDecay = 0.1;
            o.Optimizer = method switch
            {
                "kfac" => new KfacOptions { Damping = 0.1 },
                "singd" => new SingdOptions { Damping = 0.01, ScaledStart = true, NormalizeFactorStep = true },
                _ => new RootFreeAdamWOptions(),
            };
        }).Fit(Examples.View(ml, 200)).Model;

        string[] frozen = ["hidden1.weight", "hidden2.weight", "hidden2.bias"];
        Assert.All(first.Model.Weights.Zip(second.Weights), p =>
        {
            Assert.Equal(p.First.Name, p.Second.Name);
            Assert.Equal(frozen.Contains(p.First.Name), p.First.Values.SequenceEqual(p.Second.Values));
        });
        Assert.All(frozen, name => Assert.Contains($"{name}: frozen, not trained", second.Summary.Optimizer));
    }

    [Fact]
    public void A_network_of_another_output_takes_the_rest_and_the_log_says_so()
    {
        var ml = new MLContext(1);
        var lines = new List<string>();
        ml.Log += (_, e) => lines.Add(e.RawMessage);
        var first = Trainer(o => o.MaximumNumberOfEpochs = 2).Fit(Examples.View(ml, 150)).Model;
        var weights = first.Weights.Select(w => w with { Name = "old." + w.Name }).Append(new NamedWeights("extra", [1], [1]));

        var second = ml.Regression.Trainers.NeuralNetwork(new NeuralNetworkRegressionTrainer.Options
        {
            LabelColumnName = "Pair",
            Network = Network.Mlp(8, 6),
            InitialWeights = InitialWeights.Of(weights, name => name.Contains("output") ? null : name.Replace("old.", "")),
            FrozenParameters = ["hidden*"],
            MaximumNumberOfEpochs = 2,
        }).Fit(Examples.View(ml, 150)).Model;

        Assert.Equal(2, second.Shape.Outputs);
        Assert.All(second.Weights.Where(w => w.Name.StartsWith("hidden")), w => Assert.Equal(first.Weights.Single(f => f.Name == w.Name).Values, w.Values));
        Assert.Contains(
            "Begins with hidden1.weight, hidden1.bias, hidden2.weight, hidden2.bias of the given weights; new are output.weight, output.bias; not used are extra",
            lines.Select(l => l.Trim()));
        Assert.Contains("Not trained: hidden1.weight, hidden1.bias, hidden2.weight, hidden2.bias", lines.Select(l => l.Trim()));
    }

    [Fact]
    public void What_does_not_fit_is_an_error_with_a_way_out()
    {
        var ml = new MLContext(1);
        var data = Examples.View(ml, 60);
        string Told(Action<NeuralNetworkTrainerOptions> change) => Assert.ThrowsAny<ArgumentException>(() => Trainer(change).Fit(data)).Message;

        Assert.Contains("'first'", Told(o => o.FrozenParameters = ["first"]));
        Assert.Contains("It has hidden1.weight", Told(o => o.FrozenParameters = ["hidden"]));
        Assert.Contains("nothing is left to train", Told(o => o.FrozenParameters = ["*"]));
        Assert.Contains("one of its names is empty", Told(o => o.FrozenParameters = [""]));
        Assert.Contains("marginal likelihood", Told(o => (o.FrozenParameters, o.Regularization) = (["hidden1"], Regularization.MarginalLikelihood())));
        Assert.Contains("has the shape [8, ", Told(o => o.InitialWeights = InitialWeights.Of([new("hidden1.weight", [2], [1, 2])])));
        Assert.Contains("comes with 2 numbers", Told(o => o.InitialWeights = InitialWeights.Of([new("hidden1.bias", [8], [1, 2])])));
        Assert.Contains("None of their 1 names", Told(o => o.InitialWeights = InitialWeights.Of([new("dense.weight", [2], [1, 2])])));
        Assert.Contains("not finite", Told(o => o.InitialWeights = InitialWeights.Of([new("hidden1.bias", [8], [1, 2, 3, 4, 5, 6, 7, float.NaN])])));
        Assert.Throws<FileNotFoundException>(() => Trainer(o => o.InitialWeights = InitialWeights.FromFile("no-such-file")).Fit(data));
        var trained = Trainer(o => o.MaximumNumberOfEpochs = 1).Fit(data).Model;
        var both = Trainer(o => o.InitialWeights = InitialWeights.Of(trained.Weights));
        Assert.Contains("modelParameters", Assert.Throws<ArgumentOutOfRangeException>(() => both.Fit(data, trained)).Message);
    }

    [Fact]
    public void A_step_that_is_undone_leaves_frozen_weights_and_the_others_as_they_were() => Leak.None(() =>
    {
        using var scope = torch.NewDisposeScope();
        var plan = TrainingPlanTests.Plan(12, 3, 4);
        using var network = plan.Network.Create(new(2, 1), new Random(1));
        FrozenParameters.Freeze(network, ["hidden1"]);
        using var optimizer = new SecondOrderOptimizer(network, [plan.Group], normConstraint: 1e-3);
        using var batches = new Batches(plan, new MemoryRows(RecoveryTests.Rows(), 1), LearningTask.Of(NetworkTask.Regression), torch.CPU);
        using var step = new TrainingStep(plan, LearningTask.Of(NetworkTask.Regression), batches, network, optimizer, [TargetScaling.None]);
        batches.Begin(1, 0);
        batches.Read(0);
        var before = ModuleWeights.Read(network);
        Assert.Null(step.Run(0, default, new Recovery()).Failure);
        var after = ModuleWeights.Read(network);
        Assert.All(before.Zip(after), p => Assert.Equal(p.First.Name.StartsWith("hidden1"), p.First.Values.SequenceEqual(p.Second.Values)));
        using (torch.no_grad())
        {
            network.named_parameters().Single(p => p.name == "output.bias").parameter.fill_(double.NaN);
        }

        Assert.NotNull(step.Run(1, default, new Recovery()).Failure);
        Assert.True(step.Undo(1, default, new Recovery().AfterFailure()));

        Assert.Equal(before.SelectMany(w => w.Values), ModuleWeights.Read(network).SelectMany(w => w.Values));
        Assert.Null(step.Run(2, default, new Recovery().AfterFailure()).Failure);
    });

    private static NeuralNetworkRegressionTrainer Trainer(Action<NeuralNetworkTrainerOptions> change)
    {
        var options = new NeuralNetworkRegressionTrainer.Options { LabelColumnName = "Number", Network = Network.Mlp(8, 6), MaximumNumberOfEpochs = 5 };
        change(options);
        return new MLContext(1).Regression.Trainers.NeuralNetwork(options);
    }
}
