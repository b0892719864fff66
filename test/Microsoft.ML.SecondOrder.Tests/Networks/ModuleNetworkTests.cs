using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Networks;

/// <summary>Networks that the user made, and weights that came from elsewhere.</summary>
public sealed class ModuleNetworkTests
{
    [Fact]
    public void Module_with_buffers_is_trained_saved_and_loaded()
    {
        var ml = new MLContext(1);
        var data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 200).Select(i => new Row { Features = [MathF.Sin(i), MathF.Cos(i * 7)], Label = MathF.Sin(i) * 2 }));
        var model = ml.Regression.Trainers.NeuralNetwork(new NeuralNetworkRegressionTrainer.Options
        {
            Network = Network.FromModule("normalised", Make),
            MaximumNumberOfEpochs = 40,
        }).Fit(data);
        var file = new MemoryStream();
        ml.Model.Save(model, data.Schema, file);
        var loaded = ml.Model.Load(file, out _);

        var scores = Scores(ml, model.Transform(data));

        Assert.Equal(scores, Scores(ml, loaded.Transform(data)));
        Assert.True(ml.Regression.Evaluate(model.Transform(data)).RSquared > 0.8);
    }

    [Fact]
    public void Module_of_another_size_is_refused()
    {
        var network = Network.FromModule("too wide", shape => nn.Linear(shape.Inputs, shape.Outputs + 1));

        Assert.Contains("turned [2, 3] into [2, 2]", Assert.Throws<InvalidOperationException>(() => network.Create(new NetworkShape(3, 1), new Random(1))).Message);
    }

    [Fact]
    public void Weights_are_loaded_by_translated_names_and_nothing_is_written_on_a_mistake()
    {
        using var scope = NewDisposeScope();
        using var module = nn.Sequential(("first", nn.Linear(2, 3)), ("last", nn.Linear(3, 1)));
        var before = ModuleWeights.Read(module);
        NamedWeights bias = new("body.first.bias", [3], [1, 2, 3]);

        Assert.Equal(["first.bias"], ModuleWeights.Load(module, [bias], name => name["body.".Length..], isPartial: true));
        Assert.Equal(bias.Values, ModuleWeights.Read(module).Single(w => w.Name == "first.bias").Values);
        Assert.Contains("None of their 1 names", Assert.Throws<ArgumentException>(() => ModuleWeights.Load(module, [bias], isPartial: true)).Message);
        Assert.Contains("'first.bias' has the shape [3]", Assert.Throws<ArgumentException>(() => ModuleWeights.Load(
            module, [new("last.bias", [1], [9]), new("first.bias", [2], [1, 2])], isPartial: true)).Message);
        Assert.Contains("no 'first.weight'", Assert.Throws<ArgumentException>(() => ModuleWeights.Load(module, before.Where(w => w.Name != "first.weight"))).Message);
        Assert.Equal(before.Single(w => w.Name == "last.bias").Values, ModuleWeights.Read(module).Single(w => w.Name == "last.bias").Values);
    }

    private static nn.Module<Tensor, Tensor> Make(NetworkShape shape) => nn.Sequential(
        ("a", nn.Linear(shape.Inputs, 16)), ("n", nn.BatchNorm1d(16)), ("t", nn.Tanh()), ("b", nn.Linear(16, shape.Outputs)));

    private static float[] Scores(MLContext ml, IDataView scored) => [.. ml.Data.CreateEnumerable<Scored>(scored, false).Select(s => s.Score)];

    private sealed class Row
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public float Label { get; set; }
    }

    private sealed class Scored
    {
        public float Score { get; set; }
    }
}
