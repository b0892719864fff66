using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Tests.Catalog;
using Microsoft.ML.SecondOrder.Tests.Support;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Training;

public sealed class DivergenceTests
{
    [Fact]
    public void A_training_that_diverges_names_the_settings_to_change()
    {
        InvalidOperationException? error = null;

        Leak.None(() => error = Assert.Throws<InvalidOperationException>(() => Fit(o => o.WeightDecay = 1e30)));

        Assert.StartsWith("The training diverged: the loss of batch ", error!.Message);
        Assert.Contains("Lower Options.WeightDecay (now 1E+30)", error.Message);
        Assert.Contains("damping", error.Message);
    }

    [Theory]
    [InlineData(1e-30)]
    [InlineData(1e30)]
    public void An_absurd_learning_rate_does_not_diverge(double rate) =>
        Assert.All(Fit(o => o.LearningRate = rate).Weights, w => Assert.All(w.Values, v => Assert.True(float.IsFinite(v))));

    private static FittedNetwork Fit(Action<NeuralNetworkTrainerOptions> change)
    {
        var ml = new MLContext(seed: 1);
        var options = new NeuralNetworkRegressionTrainer.Options { LabelColumnName = "Number", Network = Network.Mlp(8) };
        change(options);
        return ml.Regression.Trainers.NeuralNetwork(options).Fit(Examples.View(ml)).Model;
    }
}
