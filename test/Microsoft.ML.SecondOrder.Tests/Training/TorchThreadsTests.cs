using Microsoft.ML.SecondOrder.Tests.Catalog;
using Microsoft.ML.SecondOrder.Tests.Support;
using TorchSharp;

namespace Microsoft.ML.SecondOrder.Tests.Training;

/// <summary>In a process of its own, since the number of threads belongs to all tests of a process.</summary>
public sealed class TorchThreadsTests
{
    [Fact]
    public void The_number_of_threads_is_set_while_training_and_comes_back() => Assert.Equal("3 5 3", SecondProcess.Run(Alone));

    [Fact(Explicit = true)]
    public void Alone()
    {
        _ = SecondProcess.Arguments;
        var during = 0;
        torch.set_num_threads(3);
        var before = torch.get_num_threads();

        var ml = new MLContext(seed: 1);
        ml.Regression.Trainers.NeuralNetwork(new NeuralNetworkRegressionTrainer.Options
        {
            LabelColumnName = "Number",
            NumberOfThreads = 5,
            MaximumNumberOfEpochs = 1,
            MetricsCallback = _ => during = torch.get_num_threads(),
        }).Fit(Examples.View(ml, 20));

        SecondProcess.Answer($"{before} {during} {torch.get_num_threads()}");
    }

    [Fact]
    public void Trainings_side_by_side_leave_the_number_as_it_was() => Assert.Equal("3", SecondProcess.Run(Together));

    [Fact(Explicit = true)]
    public void Together()
    {
        _ = SecondProcess.Arguments;
        torch.set_num_threads(3);

        Parallel.For(0, 4, i => new MLContext(seed: i).Regression.Trainers.NeuralNetwork("Number", maximumNumberOfEpochs: 2)
            .Fit(Examples.View(new MLContext(), 60)));

        SecondProcess.Answer($"{torch.get_num_threads()}");
    }
}
