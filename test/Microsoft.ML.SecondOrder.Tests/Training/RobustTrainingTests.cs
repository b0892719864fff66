using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Preconditioners;
using Microsoft.ML.SecondOrder.Training;
using Microsoft.ML.SecondOrder.Tests.Catalog;

namespace Microsoft.ML.SecondOrder.Tests.Training;

public sealed class RobustTrainingTests
{
    [Fact]
    public void A_few_absurd_labels_and_features_do_not_matter()
    {
        var rows = Examples.List(400);
        for (var i = 0; i < rows.Count; i += 100)
        {
            rows[i].Number *= 1000;
            rows[i + 50].Features[0] *= 1e6f;
        }

        Assert.InRange(Error(rows, RegressionLoss.Huber), 0, 6); // the label's deviation is about 23: both errors are compared with it
        var ruined = Error(rows, RegressionLoss.Squared, regularization: Regularization.WeightDecay(0.075));
        Assert.True(ruined > 60, $"The squared loss should have been ruined, but its error is {ruined}: then the test shows nothing.");
    }

    [Theory]
    [InlineData(FisherKind.Empirical)]
    [InlineData(FisherKind.Sampled)]
    [InlineData(FisherKind.Exact)]
    public void Methods_of_the_user_are_shown_the_curvature_that_they_ask_for(FisherKind kind)
    {
        var optimizer = new KfacOptions { Fisher = kind };

        Assert.InRange(Error(Examples.List(300), RegressionLoss.Huber, optimizer), 0, 6);
    }

    [Fact]
    public void Factor_that_cannot_be_inverted_is_an_error_that_says_what_to_raise()
    {
        // One feature is constant, so that its row of the first factor is 0: only the damping makes it invertible.
        var error = Assert.Throws<InvalidOperationException>(() => Error(Examples.List(100), RegressionLoss.Huber, new KfacOptions { Damping = 1e-300 }));

        Assert.Contains("'hidden1'", error.Message);
        Assert.Contains("aise the damping", error.Message);
    }

    [Fact]
    public void Wide_rows_are_learned_without_an_inverse()
    {
        const int Width = 1001;
        var ml = new MLContext(1);
        var random = new Random(3);
        var rows = Examples.List(300);
        foreach (var row in rows)
        {
            row.Features = [.. row.Features, .. Enumerable.Range(0, Width - 5).Select(_ => random.NextSingle() < 0.05f ? 1f : 0f)];
        }

        var schema = SchemaDefinition.Create(typeof(Example));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, Width);
        var data = ml.Data.LoadFromEnumerable(rows, schema);

        var model = ml.MulticlassClassification.Trainers.NeuralNetwork(labelColumnName: "Kind", maximumNumberOfEpochs: 10).Fit(data);

        Assert.Contains("SINGD", model.Model.Summary.Optimizer);
        Assert.True(ml.MulticlassClassification.Evaluate(model.Transform(data), "Kind").MicroAccuracy > 0.7);
    }

    private static double Error(List<Example> rows, RegressionLoss loss, PreconditionerOptions? optimizer = null, Regularization? regularization = null)
    {
        var ml = new MLContext(1);
        var model = ml.Regression.Trainers.NeuralNetwork(new NeuralNetworkRegressionTrainer.Options { LabelColumnName = "Number", Loss = loss, Optimizer = optimizer, Regularization = regularization })
            .Fit(ml.Data.LoadFromEnumerable(rows));
        var test = Examples.List(300, seed: 2);
        var scores = model.Transform(ml.Data.LoadFromEnumerable(test)).GetColumn<float>("Score");
        return Math.Sqrt(scores.Zip(test, (s, t) => Math.Pow(s - t.Number, 2)).Average());
    }
}
