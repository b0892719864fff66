using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Tests.MlNet;

/// <summary>Columns joined, copied, dropped, selected, converted, and made by hand.</summary>
public sealed class ColumnTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _data;

    public ColumnTests() => _data = _ml.Data.LoadFromEnumerable([new Row { Number = 1.5f, Integer = 1, Text = "2.5", Pair = [3, 4] }, new Row { Number = -1, Integer = 0, Text = "x", Pair = [5, 6] }]);

    public sealed class Row
    {
        public float Number { get; set; }

        public int Integer { get; set; }

        public string Text { get; set; } = "";

        public bool Flag { get; set; }

        [VectorType(2)]
        public float[] Pair { get; set; } = [];
    }

    [Fact]
    public void Scalars_and_vectors_are_joined_in_the_order_given()
    {
        var data = Apply(_ml.Transforms.Concatenate("All", "Pair", "Number"));

        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 3), data.Schema["All"].Type);
        Assert.Equal([[3, 4, 1.5f], [5, 6, -1f]], data.Vectors("All"));
    }

    [Fact]
    public void Columns_of_several_types_are_not_joined()
        => Assert.ThrowsAny<Exception>(() => Apply(_ml.Transforms.Concatenate("All", "Text", "Number")));

    [Fact]
    public void A_copy_has_the_same_values_and_annotations()
    {
        var data = Apply(_ml.Transforms.NormalizeMinMax("Scaled", "Pair").Append(_ml.Transforms.CopyColumns("Copy", "Scaled")));

        Assert.Equal(data.Vectors("Scaled"), data.Vectors("Copy"));
        Assert.True(data.Schema["Copy"].Annotations.Value<bool>("IsNormalized"));
    }

    [Fact]
    public void Dropping_takes_hidden_namesakes_along()
    {
        var data = Apply(_ml.Transforms.NormalizeMinMax("Number").Append(_ml.Transforms.DropColumns("Number")));

        Assert.Equal(["Integer", "Text", "Flag", "Pair"], data.Schema.Names());
    }

    [Fact]
    public void Selecting_orders_and_leaves_no_hidden_column()
    {
        var data = Apply(_ml.Transforms.NormalizeMinMax("Number").Append(_ml.Transforms.SelectColumns("Text", "Number")));

        Assert.Equal(["Text", "Number"], data.Schema.Names());
        Assert.Equal([1, -1f / 1.5f], data.Column<float>("Number"));
    }

    [Theory]
    [InlineData("Number", DataKind.Double, new[] { 1.5, -1.0 })]
    [InlineData("Integer", DataKind.Double, new[] { 1.0, 0.0 })]
    [InlineData("Text", DataKind.Double, new[] { 2.5, double.NaN })]
    [InlineData("Flag", DataKind.Double, new[] { 0.0, 0.0 })]
    public void Values_are_converted_to_numbers(string column, DataKind kind, double[] expected)
        => Assert.Equal(expected, Apply(_ml.Transforms.Conversion.ConvertType("Converted", column, kind)).Column<double>("Converted"));

    [Fact]
    public void Single_is_what_is_converted_to_by_default()
    {
        var data = Apply(_ml.Transforms.Conversion.ConvertType("Converted", "Integer").Append(_ml.Transforms.Conversion.ConvertType("FlagAsNumber", "Flag")));

        Assert.Equal(NumberDataViewType.Single, data.Schema["Converted"].Type);
        Assert.Equal([0f, 0f], data.Column<float>("FlagAsNumber"));
    }

    [Fact]
    public void Vectors_and_texts_and_booleans_are_converted_too()
    {
        var data = Apply(_ml.Transforms.Conversion.ConvertType("Doubles", "Pair", DataKind.Double)
            .Append(_ml.Transforms.Conversion.ConvertType("Words", "Integer", DataKind.String))
            .Append(_ml.Transforms.Conversion.ConvertType("Flags", "Integer", DataKind.Boolean)));

        Assert.Equal([3.0, 4.0], data.Column<VBuffer<double>>("Doubles")[0].DenseValues());
        Assert.Equal(["1", "0"], data.Texts("Words"));
        Assert.Equal([true, false], data.Column<bool>("Flags"));
    }

    [Fact]
    public void A_chain_is_built_step_by_step_and_fitted_once()
    {
        var chain = new EstimatorChain<ITransformer>().Append(_ml.Transforms.CopyColumns("A", "Number")).Append(_ml.Transforms.CopyColumns("B", "A"));

        var model = chain.Fit(_data);

        Assert.Equal(2, model.Count());
        Assert.Equal([1.5f, -1], model.Transform(_data).Column<float>("B"));
        Assert.Equal(["B"], model.GetOutputSchema(_data.Schema).Names()[^1..]);
    }

    [Fact]
    public void Parts_of_a_chain_may_be_for_training_only()
    {
        var model = new EstimatorChain<ITransformer>()
            .Append(_ml.Transforms.CopyColumns("A", "Number"), TransformerScope.TrainTest)
            .Append(_ml.Transforms.CopyColumns("B", "Number"))
            .Fit(_data);

        var scoring = model.GetModelFor(TransformerScope.Scoring);

        Assert.Single(scoring);
        Assert.Equal("B", scoring.GetOutputSchema(_data.Schema)[^1].Name);
    }

    [Fact]
    public void A_cache_checkpoint_reads_what_is_before_it_once()
    {
        var reads = 0;
        var counting = _ml.Transforms.CustomMapping<Row, Counted>((row, counted) =>
        {
            Interlocked.Increment(ref reads);
            counted.Twice = row.Number * 2;
        }, null);

        counting.AppendCacheCheckpoint(_ml).Append(_ml.Transforms.NormalizeMinMax("A", "Twice")).Append(_ml.Transforms.NormalizeMinMax("B", "Twice")).Fit(_data);

        Assert.Equal(2, reads);
    }

    public sealed class Counted
    {
        public float Twice { get; set; }
    }

    private IDataView Apply(IEstimator<ITransformer> estimator) => estimator.Fit(_data).Transform(_data);
}
