using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Tests.MlNet;

/// <summary>How built-in components refuse data that does not fit: our own errors read the same.</summary>
public sealed class SchemaMismatchTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _data;

    public SchemaMismatchTests() => _data = Clusters.View(_ml, 12);

    private sealed class Variable
    {
        public float Label { get; set; }

        public float[] Features { get; set; } = [];
    }

    [Fact]
    public void A_missing_feature_column()
        => Refuses("Could not find feature column 'Features'", "inputSchema", () => _ml.Regression.Trainers.Sdca("Target").Fit(_data));

    [Fact]
    public void A_missing_label_column()
        => Refuses("Could not find label column 'Price'", "inputSchema", () => _ml.Regression.Trainers.Sdca("Price", "Size").Fit(_data));

    [Fact]
    public void Features_that_are_no_vector()
        => Refuses("Schema mismatch for feature column 'Number': expected Vector<Single>, got Single", "inputSchema", () => _ml.Regression.Trainers.Sdca("Target", "Number").Fit(_data));

    [Fact]
    public void Features_of_unknown_size()
    {
        var data = _ml.Data.LoadFromEnumerable([new Variable { Features = [1] }, new Variable { Features = [1, 2] }]);

        Refuses("Schema mismatch for feature column 'Features': expected Vector<Single>, got VarVector<Single>", "inputSchema", () => _ml.Regression.Trainers.Sdca().Fit(data));
    }

    [Fact]
    public void A_regression_label_that_is_no_number()
        => Refuses("Schema mismatch for label column 'Species': expected Single, got String", "labelCol", () => _ml.Regression.Trainers.Sdca("Species", "Size").Fit(_data));

    [Fact]
    public void A_multiclass_label_that_is_no_key()
        => Refuses("Schema mismatch for label column 'Number': expected Key<UInt32>, got Single", "labelCol", () => _ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Number", "Size").Fit(_data));

    [Fact]
    public void A_binary_label_that_is_no_boolean()
        => Refuses("Schema mismatch for label column 'Number': expected Boolean, got Single", "labelCol", () => _ml.BinaryClassification.Trainers.LbfgsLogisticRegression("Number", "Size").Fit(_data));

    [Fact]
    public void A_chain_refuses_before_anything_is_trained()
    {
        var chain = _ml.Transforms.CopyColumns("Copy", "Size").Append(_ml.Regression.Trainers.Sdca("Target"));

        Refuses("Could not find feature column 'Features'", "inputSchema", () => chain.Fit(_data));
    }

    [Theory]
    [InlineData("CopyColumns")]
    [InlineData("DropColumns")]
    [InlineData("SelectColumns")]
    [InlineData("MapValueToKey")]
    [InlineData("OneHotEncoding")]
    public void A_missing_input_of_a_transform(string transform)
    {
        IEstimator<ITransformer> estimator = transform switch
        {
            "CopyColumns" => _ml.Transforms.CopyColumns("Copy", "Price"),
            "DropColumns" => _ml.Transforms.DropColumns("Price"),
            "SelectColumns" => _ml.Transforms.SelectColumns("Price"),
            "MapValueToKey" => _ml.Transforms.Conversion.MapValueToKey("Price"),
            _ => _ml.Transforms.Categorical.OneHotEncoding("Price"),
        };

        Refuses("Could not find input column 'Price'", "inputSchema", () => estimator.Fit(_data).Transform(_data));
    }

    [Fact]
    public void A_missing_column_of_an_evaluation()
    {
        var data = Scored();

        Assert.Contains("Price", Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Regression.Evaluate(data, "Target", "Price")).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Regression.Evaluate(data, "Price"));
    }

    [Fact]
    public void A_name_that_the_schema_lacks()
    {
        Refuses("Column 'Price' not found", "name", () => _data.Schema["Price"]);
        Assert.Null(_data.Schema.GetColumnOrNull("Price"));
        Assert.Throws<ArgumentOutOfRangeException>(() => _data.Schema[99]);
    }

    [Fact]
    public void No_rows_to_train_on()
    {
        var none = _ml.Data.LoadFromEnumerable(new List<Clusters.Flower>());

        Assert.Throws<InvalidOperationException>(() => _ml.Regression.Trainers.Sdca("Target", "Size").Fit(none));
        Assert.Throws<InvalidOperationException>(() => _ml.BinaryClassification.Trainers.LbfgsLogisticRegression("IsRose", "Size").Fit(none));
    }

    [Fact]
    public void Only_rows_with_missing_features()
    {
        var missing = _ml.Data.LoadFromEnumerable(Clusters.Flowers(6).Select(f => new Clusters.Flower { Size = [float.NaN, 1], IsRose = f.IsRose }));

        var error = Assert.Throws<InvalidOperationException>(() => _ml.BinaryClassification.Trainers.LbfgsLogisticRegression("IsRose", "Size").Fit(missing));

        Assert.Contains("No valid training instances found, all instances have missing features.", error.Message);
    }

    [Fact]
    public void Some_rows_with_missing_features_are_skipped_with_a_warning()
    {
        var warnings = new List<string>();
        _ml.Log += (_, e) => { if (e.Kind == Runtime.ChannelMessageKind.Warning) warnings.Add(e.RawMessage); };
        var flowers = Clusters.Flowers(30);
        flowers[3].Size = [float.NaN, 1];
        flowers[8].Size = [1, float.NaN];

        _ml.BinaryClassification.Trainers.LbfgsLogisticRegression("IsRose", "Size").Fit(_ml.Data.LoadFromEnumerable(flowers));

        Assert.Contains(warnings, w => w.Contains("Skipped 2 instances with missing features"));
    }

    private IDataView Scored() => _ml.Regression.Trainers.Sdca("Target", "Size", maximumNumberOfIterations: 5).Fit(_data).Transform(_data);

    private static void Refuses(string text, string parameter, Func<object> action)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(action);
        Assert.StartsWith(text, error.Message);
        Assert.Equal(parameter, error.ParamName);
    }
}
