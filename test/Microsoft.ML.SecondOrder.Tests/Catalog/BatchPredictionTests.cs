using Microsoft.ML.SecondOrder.Networks;

namespace Microsoft.ML.SecondOrder.Tests.Catalog;

public sealed class BatchPredictionTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Predictions_come_in_the_order_of_the_rows_and_equal_an_engines(int threads)
    {
        var model = Model();
        using var engine = _ml.Model.CreatePredictionEngine<Example, Prediction>(model);
        var rows = Examples.List(500, seed: 4);

        var predictions = _ml.SecondOrder().Predict<Example, Prediction>(model, rows, threads).ToList();

        Assert.Equal(rows.Select(r => r.Id), predictions.Select(p => p.Id));
        Assert.Equal(rows.Select(r => engine.Predict(r).Score), predictions.Select(p => p.Score));
    }

    [Fact]
    public void One_thread_reads_a_row_only_when_its_prediction_is_asked_for()
    {
        var read = 0;
        IEnumerable<Example> Endless()
        {
            for (var row = Examples.List(1)[0]; ; read++)
            {
                yield return row;
            }
        }

        var three = _ml.SecondOrder().Predict<Example, Prediction>(Model(), Endless()).Take(3).ToList();

        Assert.Equal(3, three.Count);
        Assert.Equal(2, read);
    }

    [Fact]
    public void Arguments_are_checked_at_once()
    {
        var operations = _ml.SecondOrder();
        var model = Model();

        Assert.Throws<ArgumentNullException>(() => operations.Predict<Example, Prediction>(null!, []));
        Assert.Throws<ArgumentNullException>(() => operations.Predict<Example, Prediction>(model, null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => operations.Predict<Example, Prediction>(model, [], 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => operations.Predict<Example, Prediction>(model, [], 513));
    }

    private ITransformer Model() => _ml.Transforms.NormalizeMinMax("Features")
        .Append(_ml.Regression.Trainers.NeuralNetwork("Number", network: Network.Mlp(4), maximumNumberOfEpochs: 1)).Fit(Examples.View(_ml));

    private sealed class Prediction
    {
        public int Id { get; set; }

        public float Score { get; set; }
    }
}
