using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.SecondOrder.Tests.MlNet;

/// <summary>Keys and one-hot vectors.</summary>
public sealed class CategoryTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _data;
    private readonly IDataView _unseen;

    public CategoryTests()
    {
        _data = Rows("b", "a", "b", "");
        _unseen = Rows("z");
    }

    private sealed class Row
    {
        public string Kind { get; set; } = "";

        public float Number { get; set; }
    }

    private sealed class Known
    {
        public string Kind { get; set; } = "";
    }

    [Fact]
    public void Keys_are_given_in_order_of_appearance_and_a_missing_value_has_none()
    {
        var data = Keyed(_ml.Transforms.Conversion.MapValueToKey("Key", "Kind"));

        Assert.Equal(new KeyDataViewType(typeof(uint), 2), data.Schema["Key"].Type);
        Assert.Equal([1u, 2u, 1u, 0u], data.Column<uint>("Key"));
        Assert.Equal(["b", "a"], data.Schema["Key"].Annotations.TextValues("KeyValues"));
    }

    [Fact]
    public void Keys_may_be_given_by_value()
    {
        var data = Keyed(_ml.Transforms.Conversion.MapValueToKey("Key", "Kind", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue));

        Assert.Equal([2u, 1u, 2u, 0u], data.Column<uint>("Key"));
        Assert.Equal(["a", "b"], data.Schema["Key"].Annotations.TextValues("KeyValues"));
    }

    [Fact]
    public void Keys_may_be_limited_in_number()
        => Assert.Equal([1u, 0u, 1u, 0u], Keyed(_ml.Transforms.Conversion.MapValueToKey("Key", "Kind", maximumNumberOfKeys: 1)).Column<uint>("Key"));

    [Fact]
    public void Keys_may_be_given_in_advance()
    {
        var known = _ml.Data.LoadFromEnumerable([new Known { Kind = "b" }, new Known { Kind = "c" }]);

        var data = Keyed(_ml.Transforms.Conversion.MapValueToKey("Key", "Kind", keyData: known));

        Assert.Equal([1u, 0u, 1u, 0u], data.Column<uint>("Key"));
        Assert.Equal(new KeyDataViewType(typeof(uint), 2), data.Schema["Key"].Type);
    }

    [Fact]
    public void Numbers_have_keys_too()
    {
        var data = Keyed(_ml.Transforms.Conversion.MapValueToKey("Key", "Number"));

        Assert.Equal([1u, 2u, 3u, 4u], data.Column<uint>("Key"));
        Assert.Equal([0f, 1f, 2f, 3f], data.Schema["Key"].Annotations.Values<float>("KeyValues"));
    }

    [Fact]
    public void An_unseen_value_is_the_missing_key_and_comes_back_empty()
    {
        var keys = _ml.Transforms.Conversion.MapValueToKey("Key", "Kind").Fit(_data);
        var values = _ml.Transforms.Conversion.MapKeyToValue("Back", "Key").Fit(keys.Transform(_data));

        Assert.Equal([0u], keys.Transform(_unseen).Column<uint>("Key"));
        Assert.Equal([""], values.Transform(keys.Transform(_unseen)).Texts("Back"));
        Assert.Equal(["b", "a", "b", ""], values.Transform(keys.Transform(_data)).Texts("Back"));
    }

    [Fact]
    public void Keys_of_numbers_come_back_as_numbers()
    {
        var keyed = Keyed(_ml.Transforms.Conversion.MapValueToKey("Key", "Number"));

        var back = _ml.Transforms.Conversion.MapKeyToValue("Back", "Key").Fit(keyed).Transform(keyed);

        Assert.Equal([0f, 1f, 2f, 3f], back.Column<float>("Back"));
    }

    [Fact]
    public void Only_a_key_has_values_to_come_back()
        => Assert.ThrowsAny<Exception>(() => Keyed(_ml.Transforms.Conversion.MapKeyToValue("Back", "Number")).Column<float>("Back"));

    [Fact]
    public void One_hot_vectors_are_sparse_and_an_unseen_value_has_none_set()
    {
        var model = _ml.Transforms.Categorical.OneHotEncoding("Hot", "Kind").Fit(_data);

        var (seen, unseen) = (model.Transform(_data).Column<VBuffer<float>>("Hot"), model.Transform(_unseen).Column<VBuffer<float>>("Hot"));

        Assert.Equal([[1f, 0f], [0f, 1f], [1f, 0f], [0f, 0f]], seen.Select(v => v.DenseValues().ToArray()));
        Assert.All(seen, v => Assert.False(v.IsDense));
        Assert.Equal((false, 0, 2), (unseen[0].IsDense, unseen[0].GetValues().Length, unseen[0].Length));
    }

    [Fact]
    public void One_hot_slots_are_named_after_the_values()
    {
        var hot = Keyed(_ml.Transforms.Categorical.OneHotEncoding("Hot", "Kind")).Schema["Hot"];

        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 2), hot.Type);
        Assert.Equal(["b", "a"], hot.Annotations.TextValues("SlotNames"));
        Assert.True(hot.Annotations.Value<bool>("IsNormalized"));
        Assert.Equal([0, 1], hot.Annotations.Values<int>("CategoricalSlotRanges"));
    }

    [Fact]
    public void One_hot_takes_several_columns_and_numbers()
    {
        var data = Keyed(_ml.Transforms.Categorical.OneHotEncoding([new InputOutputColumnPair("Kind"), new InputOutputColumnPair("HotNumber", "Number")]));

        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 2), data.Schema["Kind"].Type);
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 4), data.Schema["HotNumber"].Type);
        Assert.Equal([0f, 0f, 1f, 0f], data.Vectors("HotNumber")[2]);
    }

    [Fact]
    public void One_hot_may_give_keys_instead()
    {
        var data = Keyed(_ml.Transforms.Categorical.OneHotEncoding("Hot", "Kind", OneHotEncodingEstimator.OutputKind.Key));

        Assert.Equal([1u, 2u, 1u, 0u], data.Column<uint>("Hot"));
    }

    [Fact]
    public void Concatenation_prefixes_the_names_of_one_hot_slots()
    {
        var data = Keyed(_ml.Transforms.Categorical.OneHotEncoding("Hot", "Kind").Append(_ml.Transforms.Concatenate("Features", "Number", "Hot")));

        Assert.Equal(["Number", "Hot.b", "Hot.a"], data.Schema["Features"].Annotations.TextValues("SlotNames"));
        Assert.Equal([2f, 1f, 0f], data.Vectors("Features")[2]);
    }

    private IDataView Rows(params string[] kinds) => _ml.Data.LoadFromEnumerable(kinds.Select((k, i) => new Row { Kind = k, Number = i }).ToList());

    private IDataView Keyed(IEstimator<ITransformer> estimator) => estimator.Fit(_data).Transform(_data);
}
