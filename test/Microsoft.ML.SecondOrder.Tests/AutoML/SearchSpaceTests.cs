using System.Reflection;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;
using Microsoft.ML.SecondOrder.AutoML;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Preconditioners;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.AutoML;

public sealed class SearchSpaceTests
{
    private static readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void The_default_is_the_trainer_with_its_defaults()
    {
        AssertSame(new NeuralNetworkRegressionTrainer.Options(), Default(NeuralNetworkSearchSpace.Regression()).ToOptions());
        AssertSame(new NeuralNetworkBinaryTrainer.Options(), Default(NeuralNetworkSearchSpace.Binary()).ToOptions());
        AssertSame(new NeuralNetworkMulticlassTrainer.Options(), Default(NeuralNetworkSearchSpace.Multiclass()).ToOptions());
    }

    [Fact]
    public void Column_names_stay_in_every_sample()
    {
        var space = NeuralNetworkSearchSpace.Regression("Fare", "Inputs", "Importance");

        var options = space.SampleFromFeatureSpace([.. Enumerable.Repeat(0.9, space.FeatureSpaceDim)]).ToOptions();

        Assert.Equal(("Fare", "Inputs", "Importance"), (options.LabelColumnName, options.FeatureColumnName, options.ExampleWeightColumnName));
    }

    [Fact]
    public void Every_corner_makes_a_trainer()
    {
        var space = NeuralNetworkSearchSpace.Multiclass();
        var random = new Random(1);
        for (var i = 0; i < 200; i++)
        {
            var parameters = space.SampleFromFeatureSpace([.. Enumerable.Range(0, space.FeatureSpaceDim).Select(_ => random.NextDouble())]);

            Assert.NotNull(_ml.MulticlassClassification.Trainers.NeuralNetwork(parameters.ToOptions()));
        }
    }

    [Fact]
    public void Parameters_become_options()
    {
        var options = new NeuralNetworkRegressionParameters
        {
            Network = NetworkKind.ResidualMlp,
            Depth = 3,
            Width = 64,
            Optimizer = SearchedOptimizer.Singd,
            DampingFactor = 3,
            Regularization = SearchedRegularization.WeightDecay,
            WeightDecay = 0.02,
            MaximumNumberOfEpochs = 7,
        }.ToOptions();

        Assert.Equal(Network.ResidualMlp(64, 3), options.Network);
        Assert.IsType<AutoOptions>(options.Optimizer);
        Assert.Equal(TrainingSchedule.Constant(factor: 3), options.DampingSchedule);
        Assert.Equal(Regularization.WeightDecay(0.02), options.Regularization);
        Assert.Equal(7, options.MaximumNumberOfEpochs);
    }

    [Fact]
    public void Perceptrons_transformers_and_priors_have_their_options()
    {
        Assert.Equal(Network.Mlp(32, 32, 32), new NeuralNetworkBinaryParameters { Depth = 3, Width = 32 }.ToOptions().Network);
        Assert.Equal(Network.FtTransformer(32, 2), new NeuralNetworkBinaryParameters { Network = NetworkKind.FtTransformer }.ToOptions().Network);
        Assert.Equal(
            Regularization.MarginalLikelihood(PriorPrecision.Shared),
            new NeuralNetworkRegressionParameters { Regularization = SearchedRegularization.MarginalLikelihood }.ToOptions().Regularization);
        Assert.Equal(
            Regularization.MarginalLikelihood(),
            new NeuralNetworkBinaryParameters { Regularization = SearchedRegularization.MarginalLikelihood }.ToOptions().Regularization);
    }

    [Fact]
    public void A_space_can_be_narrowed_and_widened()
    {
        var space = NeuralNetworkSearchSpace.Regression();
        space["Network"] = new ChoiceOption(NetworkKind.FtTransformer);
        space["Width"] = new ChoiceOption([16, 2048], 16);
        space.Remove("Depth");

        var first = Default(space);
        var last = space.SampleFromFeatureSpace([.. Enumerable.Repeat(0.99, space.FeatureSpaceDim)]);

        Assert.Equal((NetworkKind.FtTransformer, 16, 2), (first.Network, first.Width, first.Depth));
        Assert.Equal((NetworkKind.FtTransformer, 2048, 2), (last.Network, last.Width, last.Depth));
    }

    [Fact]
    public void Samples_and_coordinates_lead_back_to_each_other()
    {
        var space = NeuralNetworkSearchSpace.Regression();
        var parameters = new NeuralNetworkRegressionParameters { Depth = 4, Width = 256, DampingFactor = 0.3, WeightDecay = 0.05, Network = NetworkKind.ResidualMlp };

        var back = space.SampleFromFeatureSpace(space.MappingToFeatureSpace(parameters));

        Assert.Equal(parameters.ToString(), back.ToString());
        Assert.Equal(parameters.WeightDecay, back.WeightDecay, 1e-12);
    }

    [Theory]
    [InlineData("Depth must be at least 1, but is 0.")]
    [InlineData("Width must be at least 1, but is -3.")]
    [InlineData("DampingFactor must be above 0 and finite, but is NaN.")]
    [InlineData("Network must be a NetworkKind, but is 17.")]
    public void A_parameter_without_sense_is_named(string message)
    {
        var parameters = new NeuralNetworkRegressionParameters();
        _ = message[0] switch
        {
            'D' when message[1] == 'e' => parameters.Depth = 0,
            'W' => parameters.Width = -3,
            'D' => parameters.DampingFactor = double.NaN,
            _ => (int)(parameters.Network = (NetworkKind)17),
        };

        Assert.StartsWith(message, Assert.Throws<ArgumentOutOfRangeException>(parameters.ToOptions).Message);
    }

    [Fact]
    public void The_core_knows_nothing_of_AutoML() => Assert.DoesNotContain(
        typeof(NeuralNetworkRegressionTrainer).Assembly.GetReferencedAssemblies(), a => a.Name!.Contains("AutoML") || a.Name.Contains("SearchSpace"));

    private static T Default<T>(SearchSpace<T> space)
        where T : class, new() => space.SampleFromFeatureSpace(space.Default);

    private static void AssertSame<T>(T expected, T actual) => Assert.All(
        typeof(T).GetFields(BindingFlags.Instance | BindingFlags.Public), f => Assert.Equal(f.GetValue(expected), f.GetValue(actual)));
}
