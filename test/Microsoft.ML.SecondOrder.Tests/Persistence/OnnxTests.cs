using Google.Protobuf;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Persistence;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Tests.Networks;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Persistence;

/// <summary>Exported networks in the real ONNX Runtime.</summary>
public sealed class OnnxTests
{
    private const int Rows = 1000;

    public static TheoryData<string> Cases => [.. NetworkCases.All.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Exported_network_gives_the_same_outputs(string name)
    {
        var (network, shape, inputs) = NetworkCases.Case(name, Rows);
        using var module = network.Create(shape, new Random(1));
        NetworkCases.Disturb(module);
        var weights = NetworkCases.Weights(module);
        var onnx = new OnnxBuilder("network");
        onnx.Input("Features", shape.Inputs);
        onnx.Output(onnx.Append(((GraphNetwork)network).Build(shape), weights, "Features"), shape.Outputs);

        using var session = new InferenceSession(onnx.Finish().ToByteArray());
        using var results = session.Run([NamedOnnxValue.CreateFromTensor("Features", new DenseTensor<float>(inputs, [Rows, shape.Inputs]))]);

        var actual = results[0].AsTensor<float>().ToArray();
        var forward = network.CreateForward(shape, weights);
        var expected = new float[Rows * shape.Outputs];
        forward.Run(inputs, expected);
        Assert.All(expected.Zip(actual), p => Assert.Equal(p.First, p.Second, 1e-5f));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Whole_trainer_gives_the_same_scores_from_raw_features(int task)
    {
        var ml = new MLContext(1);
        var random = new Random(1);
        var rows = Enumerable.Range(0, 300).Select(i => new Row
        {
            // A timestamp, a column with far values, an indicator, and gaps.
            Features = [1.7e9f + 3600f * i, i % 50 == 0 ? 1e6f : MathF.Sin(i), i % 2, i % 7 == 0 ? float.NaN : MathF.Cos(i)],
            Number = 1000 + 50 * MathF.Sin(i) + (float)random.NextDouble(),
            Flag = MathF.Sin(i) > 0,
            Kind = i % 3,
        }).ToList();
        var data = ml.Transforms.Conversion.MapValueToKey("Key", nameof(Row.Kind)).Fit(ml.Data.LoadFromEnumerable(rows)).Transform(ml.Data.LoadFromEnumerable(rows));
        ITransformer Fit<T>(IEstimator<T> trainer) where T : ITransformer => trainer.Fit(data);
        var model = (NeuralNetworkPredictionTransformer)(task switch
        {
            0 => Fit(ml.Regression.Trainers.NeuralNetwork(new NeuralNetworkRegressionTrainer.Options { LabelColumnName = "Number", MissingFeatures = MissingFeatures.ImputeMean, MaximumNumberOfEpochs = 3 })),
            1 => Fit(ml.BinaryClassification.Trainers.NeuralNetwork(new NeuralNetworkBinaryTrainer.Options { LabelColumnName = "Flag", MissingFeatures = MissingFeatures.ImputeMean, MaximumNumberOfEpochs = 3 })),
            _ => Fit(ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkMulticlassTrainer.Options { LabelColumnName = "Key", MissingFeatures = MissingFeatures.ImputeMean, MaximumNumberOfEpochs = 3 })),
        });
        using var file = new MemoryStream();
        ml.SecondOrder().ConvertToOnnx(model, file);

        using var session = new InferenceSession(file.ToArray());
        var inputs = new DenseTensor<float>(rows.SelectMany(r => r.Features).ToArray(), [rows.Count, 4]);
        using var results = session.Run([NamedOnnxValue.CreateFromTensor("Features", inputs)]);
        var expected = new float[rows.Count * model.Model.Shape.Outputs];
        model.Score(inputs.ToArray(), expected);

        var scores = results.Single(r => r.Name == "Score").AsTensor<float>().ToArray();
        Assert.All(expected.Zip(scores), p => Assert.Equal(p.First, p.Second, 1e-5f * Math.Max(1, Math.Abs(p.First))));
        if (task == 1)
        {
            var engine = ml.Data.CreateEnumerable<Flagged>(model.Transform(data), false).ToList();
            Assert.Equal(engine.Select(e => e.PredictedLabel ? 1L : 0L), results.Single(r => r.Name == "PredictedLabel").AsTensor<long>());
            Assert.All(engine.Zip(results.Single(r => r.Name == "Probability").AsTensor<float>()), p => Assert.Equal(p.First.Probability, p.Second, 1e-6f));
        }
        else if (task == 2)
        {
            var engine = ml.Data.CreateEnumerable<Kinded>(model.Transform(data), false);
            Assert.Equal(engine.Select(e => e.PredictedLabel - 1L), results.Single(r => r.Name == "PredictedLabel").AsTensor<long>());
        }
    }

    [Theory]
    [InlineData("joined")]
    [InlineData("graph")]
    public void Keys_tokens_and_links_are_inputs_as_they_are(string columns)
    {
        var ml = new MLContext(1);
        string[] words = ["red", "green", "blue", "grey"];
        var rows = Enumerable.Range(0, 80).Select(i => new Mixed
        {
            Nodes = [.. Enumerable.Range(0, 6).Select(f => 100 + 20 * MathF.Sin(i * f + 1))],
            Links = [0, i % 2, 0.5f, i % 2, 0, i % 3, 0.5f, i % 3, 0],
            Word = words[i % 4],
            Words = [.. Enumerable.Range(0, i % 5).Select(w => words[(i + w) % 3])],
            Label = MathF.Sin(i) > 0,
        }).ToList();
        var data = ml.Data.LoadFromEnumerable(rows);
        var keyed = ml.Transforms.Conversion.MapValueToKey(nameof(Mixed.Word)).Append(ml.Transforms.Conversion.MapValueToKey(nameof(Mixed.Words))).Fit(data).Transform(data);
        var model = ml.BinaryClassification.Trainers.NeuralNetwork(new NeuralNetworkBinaryTrainer.Options
        {
            FeatureColumnName = nameof(Mixed.Nodes),
            MoreFeatureColumnNames = columns == "graph" ? [nameof(Mixed.Links)] : [nameof(Mixed.Word), nameof(Mixed.Words)],
            Network = columns == "graph" ? Network.GraphConvolution(8) : Network.Joined(8),
            MaximumNumberOfTokens = 4,
            MaximumNumberOfEpochs = 5,
        }).Fit(keyed);
        using var file = new MemoryStream();
        ml.SecondOrder().ConvertToOnnx(model, file);

        using var session = new InferenceSession(file.ToArray());
        string[] asTheyAppear = ["green", "blue", "red"];
        var tokens = (Mixed r) => Enumerable.Range(0, 4).Select(p => p < r.Words.Length ? 1f + Array.IndexOf(asTheyAppear, r.Words[p]) : 0);
        (string Name, Func<Mixed, IEnumerable<float>> Values)[] inputs = columns == "graph"
            ? [(nameof(Mixed.Nodes), r => r.Nodes), (nameof(Mixed.Links), r => r.Links)]
            : [(nameof(Mixed.Nodes), r => r.Nodes), (nameof(Mixed.Word), r => [1f + Array.IndexOf(words, r.Word)]), (nameof(Mixed.Words), tokens)];
        using var results = session.Run([.. inputs.Select(i =>
        {
            var values = rows.SelectMany(i.Values).ToArray();
            return NamedOnnxValue.CreateFromTensor(i.Name, new DenseTensor<float>(values, [rows.Count, values.Length / rows.Count]));
        })]);

        var expected = ml.Data.CreateEnumerable<Flagged>(model.Transform(keyed), false).Select(f => f.Probability).ToList();
        Assert.True(expected.Distinct().Count() > 40);
        Assert.All(expected.Zip(results.Single(r => r.Name == "Probability").AsTensor<float>()), p => Assert.Equal(p.First, p.Second, 1e-5f));
    }

    private sealed class Mixed
    {
        [VectorType(3, 2)]
        public float[] Nodes { get; set; } = [];

        [VectorType(3, 3)]
        public float[] Links { get; set; } = [];

        public string Word { get; set; } = "";

        public string[] Words { get; set; } = [];

        public bool Label { get; set; }
    }

    private sealed class Row
    {
        [VectorType(4)]
        public float[] Features { get; set; } = [];

        public float Number { get; set; }

        public bool Flag { get; set; }

        public int Kind { get; set; }
    }

    private sealed class Flagged
    {
        public bool PredictedLabel { get; set; }

        public float Probability { get; set; }
    }

    private sealed class Kinded
    {
        public uint PredictedLabel { get; set; }
    }
}
