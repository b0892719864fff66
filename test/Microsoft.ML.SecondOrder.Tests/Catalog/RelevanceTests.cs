using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Tests.Support;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Catalog;

public sealed class RelevanceTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void Relevances_are_saved_with_their_names_and_reported()
    {
        using var folder = new TemporaryFolder();
        var data = Data();
        var model = Pipeline([nameof(Row.Noise), nameof(Row.Signal), nameof(Row.More)]).Fit(data);
        _ml.Model.Save(model, data.Schema, folder.File("model.zip"));
        var loaded = _ml.Model.Load(folder.File("model.zip"), out _);

        _ml.SecondOrder().SaveReport(loaded, null, folder.File("report.html"));

        var table = Network(loaded).RelevanceTable;
        Assert.Equal(["Signal", "Features.2"], table.Take(2).Select(r => r.Name));
        Assert.Equal(1, table[0].Relevance);
        Assert.Equal(Network(model).RelevanceTable, table);
        Assert.Equal(["Noise", "Signal", "Features.2", "Features.3"], Network(loaded).InputRelevances.Select(r => r.Name));
        Assert.Equal(Network(loaded).InputRelevances.Select(r => r.Relevance), Network(loaded).Relevances);
        var page = File.ReadAllText(folder.File("report.html"));
        Assert.Contains("id=\"relevances\"", page);
        Assert.True(page.IndexOf(">Signal</th>", StringComparison.Ordinal) < page.IndexOf(">Noise</th>", StringComparison.Ordinal));
    }

    [Fact]
    public void Slots_without_names_gaps_and_several_columns_have_names_too()
    {
        var options = Options(nameof(Row.Signal));
        options.MoreFeatureColumnNames = [nameof(Row.More)];
        options.Network = Microsoft.ML.SecondOrder.Networks.Network.Mlp(8);
        options.MissingFeatures = MissingFeatures.ImputeMean;

        var model = _ml.Regression.Trainers.NeuralNetwork(options).Fit(Data(gaps: true)).Model;

        Assert.Equal(["Signal", "More.0", "More.1", "More.1 is missing"], model.InputRelevances.Select(r => r.Name));
    }

    [Fact]
    public void Without_precisions_of_their_own_there_are_none()
    {
        using var folder = new TemporaryFolder();
        var options = Options(nameof(Row.More));
        options.Regularization = Regularization.WeightDecay(0.01);

        var model = _ml.Regression.Trainers.NeuralNetwork(options).Fit(Data());
        _ml.SecondOrder().SaveReport(model, null, folder.File("report.html"));

        Assert.Empty(model.Model.RelevanceTable);
        Assert.Empty(model.Model.Relevances);
        Assert.DoesNotContain("id=\"relevances\"", File.ReadAllText(folder.File("report.html")));
    }

    private static FittedNetwork Network(ITransformer chain) => ((IEnumerable<ITransformer>)chain).OfType<NeuralNetworkPredictionTransformer>().Single().Model;

    private static NeuralNetworkRegressionTrainer.Options Options(string features) => new()
    {
        FeatureColumnName = features, Network = Microsoft.ML.SecondOrder.Networks.Network.Mlp(8), MaximumNumberOfSteps = 400, Regularization = Regularization.MarginalLikelihood(),
    };

    private IEstimator<ITransformer> Pipeline(string[] columns) =>
        _ml.Transforms.Concatenate("Features", columns).Append(_ml.Regression.Trainers.NeuralNetwork(Options("Features")));

    private IDataView Data(bool gaps = false)
    {
        var random = new Random(1);
        return _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 150).Select(i =>
        {
            float Number() => 2 * random.NextSingle() - 1;
            var (signal, noise, some, none) = (Number(), Number(), Number(), Number());
            return new Row { Signal = signal, Noise = noise, More = [some, gaps && i % 9 == 0 ? float.NaN : none], Label = 3 * signal + some + 0.1f * Number() };
        }).ToList());
    }

    private sealed class Row
    {
        public float Signal { get; set; }

        public float Noise { get; set; }

        [VectorType(2)]
        public float[] More { get; set; } = [];

        public float Label { get; set; }
    }
}
