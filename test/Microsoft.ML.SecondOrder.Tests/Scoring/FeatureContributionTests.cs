using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Tests.Catalog;
using Microsoft.ML.SecondOrder.Tests.Support;
using Microsoft.ML.SecondOrder.Training;
using TorchSharp;

namespace Microsoft.ML.SecondOrder.Tests.Scoring;

public sealed class FeatureContributionTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Theory]
    [InlineData(Activation.Silu)]
    [InlineData(Activation.Relu)]
    [InlineData(Activation.Tanh)]
    [InlineData(Activation.Gelu)]
    public void The_gradient_is_the_slope_of_the_forward_pass(Activation activation)
    {
        var network = Network.Mlp(19, 40) with { Activation = activation };
        var shape = new NetworkShape(4, 2);
        var random = new Random(3);
        var forward = network.CreateForward(shape, [.. network.ParameterShapes(shape).Select(p => new NamedWeights(
            p.Name, [.. p.Shape], [.. Enumerable.Range(0, (int)p.Shape.Aggregate(1L, (a, d) => a * d)).Select(_ => (float)random.NextDouble() - 0.5f)]))]);
        float[] x = [0.3f, -0.7f, 1.1f, 0.2f];
        var gradient = new float[4];

        ((IManagedGradient)forward).Differentiate(x, (_, g) => (g[0], g[1]) = (2, -1), gradient);

        for (var i = 0; i < 4; i++)
        {
            Assert.Equal((Value(i, 1e-2f) - Value(i, -1e-2f)) / 2e-2, gradient[i], activation == Activation.Relu ? 0.05 : 1e-3);
        }

        double Value(int at, float step)
        {
            var moved = (float[])x.Clone();
            moved[at] += step;
            var outputs = new float[2];
            forward.Run(moved, outputs);
            return 2.0 * outputs[0] - outputs[1];
        }
    }

    [Fact]
    public void A_linear_model_contributes_weight_times_deviation()
    {
        var model = Linear.Identity(NetworkTask.Regression, 1, new TargetScaling(100, 5));

        var contributions = Column(_ml.SecondOrder().FeatureContributions(model), Linear.View(_ml, [3], [-2], [0]));

        Assert.Equal([15f, -10f, 0], contributions.Select(c => Assert.Single(c)), Close);
    }

    [Theory]
    [InlineData("regression", Activation.Silu)]
    [InlineData("regression", Activation.Relu)]
    [InlineData("regression", Activation.Gelu)]
    [InlineData("binary", Activation.Silu)]
    [InlineData("multiclass", Activation.Tanh)]
    [InlineData("targets", Activation.Silu)]
    public void Contributions_make_up_the_score_less_that_of_a_row_in_the_middle(string task, Activation activation)
    {
        var network = Network.Mlp(24, 16) with { Activation = activation };
        var data = Examples.View(_ml, 200);
        var model = Train(task, network).Fit(data);
        var rows = Examples.List(60, seed: 5);
        var middle = new Example { Features = [.. model.Model.Features.Scaling.Offset.Select(o => (float)o)] };
        var scored = model.Transform(_ml.Data.LoadFromEnumerable(rows.Append(middle)));
        float[][] scores = scored.Schema["Score"].Type is VectorDataViewType
            ? [.. scored.GetColumn<float[]>("Score")]
            : [.. scored.GetColumn<float>("Score").Select(s => new[] { s })];
        var spread = Enumerable.Range(0, scores[0].Length).Max(t => scores.Max(s => s[t]) - scores.Min(s => s[t]));

        var contributions = Column(_ml.SecondOrder().FeatureContributions(model), _ml.Data.LoadFromEnumerable(rows));

        for (var r = 0; r < rows.Count; r++)
        {
            for (var t = 0; t < contributions[r].Length / 5; t++)
            {
                var at = task == "multiclass" ? Array.IndexOf(scores[r], scores[r].Max()) : t;
                var own = contributions[r].AsSpan(t * 5, 5).ToArray();
                Assert.Equal(scores[r][at] - (double)scores[^1][at], own.Sum(c => (double)c), 2e-4 * own.Sum(Math.Abs) + 1e-5 * spread);
                Assert.Equal(0, own[4]);
            }
        }
    }

    [Fact]
    public void Names_of_the_features_stand_at_the_slots_and_the_chain_is_saved()
    {
        var pipeline = _ml.Transforms.Concatenate("Features", "Number", "Weight");
        var data = pipeline.Fit(Examples.View(_ml)).Transform(Examples.View(_ml));
        var model = _ml.BinaryClassification.Trainers.NeuralNetwork("Flag", network: Network.Mlp(4), maximumNumberOfEpochs: 1).Fit(data);
        var chain = model.Append(_ml.SecondOrder().FeatureContributions(model));
        using var folder = new TemporaryFolder();

        _ml.Model.Save(chain, data.Schema, folder.File("model.zip"));
        var loaded = new MLContext().Model.Load(folder.File("model.zip"), out _);

        var (before, after) = (chain.Transform(data), loaded.Transform(data));
        Assert.Equal(before.GetColumn<float[]>("FeatureContributions"), after.GetColumn<float[]>("FeatureContributions"));
        Assert.Equal(Scores.Of(before), Scores.Of(after));
        Assert.Equal(["Number", "Weight"], Names(after));
    }

    [Fact]
    public void Several_targets_give_a_row_of_contributions_each()
    {
        var data = _ml.Transforms.Concatenate("Both", "Number", "Weight").Append(_ml.Transforms.Concatenate("Features", "Weight", "Number", "Features"))
            .Fit(Examples.View(_ml)).Transform(Examples.View(_ml));
        var model = _ml.Regression.Trainers.NeuralNetwork("Both", network: Network.Mlp(4), maximumNumberOfEpochs: 1).Fit(data);

        var explained = _ml.SecondOrder().FeatureContributions(model).Transform(data);

        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 2, 7), explained.Schema["FeatureContributions"].Type);
        Assert.Equal(["Number: Weight", "Number: Number"], Names(explained).Take(2));
        Assert.Equal("Weight: Weight", Names(explained)[7]);
    }

    [Fact]
    public void Only_the_largest_are_kept_and_normalised_where_asked()
    {
        var model = Train("regression", Network.Mlp(8)).Fit(Examples.View(_ml));
        var data = Examples.View(_ml, 50);
        var all = Column(_ml.SecondOrder().FeatureContributions(model), data);

        var kept = Column(_ml.SecondOrder().FeatureContributions(model, 1, 0, normalize: true), data);

        for (var r = 0; r < all.Length; r++)
        {
            var most = Array.IndexOf(all[r], all[r].Max());
            Assert.All(kept[r].Select((c, i) => (c, i)), p => Assert.Equal(p.i == most && all[r][most] > 0 ? 1 : 0, p.c));
        }
    }

    [Fact]
    public void A_missing_feature_gives_missing_contributions()
    {
        var rows = Examples.List(2);
        rows[1].Features[1] = float.NaN;

        var contributions = Column(
            _ml.SecondOrder().FeatureContributions(Train("multiclass", Network.Mlp(4)).Fit(Examples.View(_ml))), _ml.Data.LoadFromEnumerable(rows));

        Assert.All(contributions[0], c => Assert.True(float.IsFinite(c)));
        Assert.All(contributions[1], c => Assert.True(float.IsNaN(c)));
    }

    [Theory]
    [InlineData("convolutional")]
    [InlineData("residual")]
    [InlineData("vision")]
    [InlineData("wide")]
    [InlineData("module")]
    public void Networks_of_other_kinds_are_explained_too(string kind)
    {
        var network = kind switch
        {
            "convolutional" => Network.Convolutional(3) with { HiddenWidths = [5] },
            "vision" => Network.VisionTransformer(2, 1) with { Width = 8, Heads = 2 },
            "wide" => Network.WideResNet(10, 1) with { Activation = Activation.Silu },
            "module" => Network.FromModule("explained", s => torch.nn.Sequential(("hidden", torch.nn.Linear(s.Inputs, 6)), ("tanh", torch.nn.Tanh()), ("output", torch.nn.Linear(6, s.Outputs)))),
            _ => (Network)Network.ResidualMlp(8, 1),
        };
        var random = new Random(4);
        var side = kind == "wide" ? 12 : 4;
        var rows = Enumerable.Range(0, 40).Select(i => new Pixels { Features = [.. Enumerable.Range(0, side * side).Select(_ => random.NextSingle())], Kind = (uint)i % 3 + 1 }).ToList();
        var schema = SchemaDefinition.Create(typeof(Pixels));
        schema[nameof(Pixels.Features)].ColumnType = kind is "residual" or "module"
            ? new VectorDataViewType(NumberDataViewType.Single, 16)
            : new VectorDataViewType(NumberDataViewType.Single, 1, side, side);
        var data = _ml.Data.LoadFromEnumerable(rows, schema);
        var model = _ml.MulticlassClassification.Trainers.NeuralNetwork(nameof(Pixels.Kind), network: network, maximumNumberOfEpochs: 3).Fit(data);
        var middle = new Pixels { Features = [.. model.Model.Features.Scaling.Offset.Select(o => (float)o)], Kind = 1 };
        var scores = model.Transform(_ml.Data.LoadFromEnumerable(rows.Append(middle), schema)).GetColumn<float[]>("Score").ToArray();

        var contributions = Column(_ml.SecondOrder().FeatureContributions(model), _ml.Data.LoadFromEnumerable(rows.Take(2), schema));

        for (var r = 0; r < 2; r++)
        {
            var winner = Array.IndexOf(scores[r], scores[r].Max());
            Assert.Equal(scores[r][winner] - (double)scores[^1][winner], contributions[r].Sum(c => (double)c), 2e-4 * contributions[r].Sum(Math.Abs) + 1e-5);
            Assert.Contains(contributions[r], c => Math.Abs(c) > 1e-3);
        }
    }

    [Fact]
    public void What_cannot_be_explained_is_said()
    {
        var words = _ml.Transforms.Conversion.MapValueToKey("Word", "Number").Append(_ml.Regression.Trainers.NeuralNetwork(new NeuralNetworkRegressionTrainer.Options
        {
            LabelColumnName = "Weight", FeatureColumnName = "Word", Network = Network.FtTransformer(8, 1), MaximumNumberOfEpochs = 1,
        })).Fit(Examples.View(_ml)).LastTransformer;
        var dense = Train("regression", Network.Mlp(4)).Fit(Examples.View(_ml));

        var refusal = Assert.Throws<NotSupportedException>(() => _ml.SecondOrder().FeatureContributions(words)).Message;
        Assert.Contains("'Word'", refusal);
        Assert.Contains("PermutationFeatureImportance", refusal);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.SecondOrder().FeatureContributions(dense, -1));
        Assert.Throws<ArgumentNullException>(() => _ml.SecondOrder().FeatureContributions(null!));
    }

    private sealed class Pixels
    {
        public float[] Features { get; set; } = [];

        [KeyType(3)]
        public uint Kind { get; set; }
    }

    private IEstimator<NeuralNetworkPredictionTransformer> Train(string task, Network network) => task switch
    {
        "regression" => _ml.Regression.Trainers.NeuralNetwork("Number", network: network, maximumNumberOfEpochs: 8),
        "targets" => _ml.Regression.Trainers.NeuralNetwork("Pair", network: network, maximumNumberOfEpochs: 8),
        "binary" => _ml.BinaryClassification.Trainers.NeuralNetwork("Flag", network: network, maximumNumberOfEpochs: 8),
        _ => _ml.MulticlassClassification.Trainers.NeuralNetwork("Kind", network: network, maximumNumberOfEpochs: 8),
    };

    private static float[][] Column(FeatureContributionTransformer explainer, IDataView data) =>
        [.. explainer.Transform(data).GetColumn<float[]>("FeatureContributions")];

    private static string[] Names(IDataView view)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        view.Schema["FeatureContributions"].GetSlotNames(ref names);
        return [.. names.DenseValues().Select(n => n.ToString())];
    }

    private static IEqualityComparer<float> Close { get; } = EqualityComparer<float>.Create((a, b) => Math.Abs(a - b) < 1e-4f);
}
