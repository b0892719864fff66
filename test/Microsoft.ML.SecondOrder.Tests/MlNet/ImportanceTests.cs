using Microsoft.ML.SecondOrder.Tests.MlNet.Outside;

namespace Microsoft.ML.SecondOrder.Tests.MlNet;

public sealed class ImportanceTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _data;

    public ImportanceTests()
    {
        var raw = Clusters.View(_ml);
        _data = _ml.Transforms.Conversion.MapValueToKey("Label", "Species")
            .Append(_ml.Transforms.CopyColumns("Features", "Size"))
            .Fit(raw).Transform(raw);
    }

    [Fact]
    public void Permutation_importance_takes_an_outside_transformer_through_the_generic_overload()
    {
        var transformer = new CentroidTrainer(_ml).Fit(_data);

        var importance = _ml.MulticlassClassification.PermutationFeatureImportance(transformer, _data, permutationCount: 3);

        Assert.Equal(2, importance.Length);
        Assert.All(importance, slot => Assert.Equal(3, slot.MacroAccuracy.Count));
        Assert.True(importance[0].MacroAccuracy.Mean < -0.2, $"Shuffling the feature that tells the classes apart cost {importance[0].MacroAccuracy.Mean}.");
    }

    [Fact]
    public void The_overload_for_any_transformer_refuses_it()
    {
        var transformer = new CentroidTrainer(_ml).Fit(_data);

        var error = Assert.ThrowsAny<Exception>(() => _ml.MulticlassClassification.PermutationFeatureImportance((ITransformer)transformer, _data));

        Assert.Contains("The model provided does not have a compatible predictor", error.Message);
    }

    [Fact]
    public void The_overload_for_any_transformer_takes_a_built_in_model_and_names_the_slots()
    {
        var features = _ml.Transforms.Concatenate("Features", "Number", "Target");
        var data = features.Fit(_data).Transform(_data);
        ITransformer model = _ml.Regression.Trainers.Sdca("Target", maximumNumberOfIterations: 5).Fit(data);

        var importance = _ml.Regression.PermutationFeatureImportance(model, data, labelColumnName: "Target");

        Assert.Equal(["Number", "Target"], importance.Keys.Order());
    }

    [Fact]
    public void Binary_and_regression_have_the_generic_overload_too()
    {
        var regression = _ml.Regression.PermutationFeatureImportance(FirstFeature.AsRegression(2), _data, labelColumnName: "Target");
        var binary = _ml.BinaryClassification.PermutationFeatureImportance(FirstFeature.AsBinary(2), _data, labelColumnName: "IsRose");

        Assert.True(regression[0].RSquared.Mean < -0.5, $"R² changed by {regression[0].RSquared.Mean}.");
        Assert.Equal(0, regression[1].RSquared.Mean, 6);
        Assert.Equal(2, binary.Length);
    }
}
