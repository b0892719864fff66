using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.SecondOrder.Tests.MlNet;

/// <summary>Normalizers and missing values, by hand-computed numbers.</summary>
public sealed class NormalizationTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _data;

    public NormalizationTests() => _data = _ml.Data.LoadFromEnumerable(
    [
        new Row { Number = -4, Double = 1, Vector = [1, 0, 3] },
        new Row { Number = 2, Double = 3, Vector = [2, 0, float.NaN] },
        new Row { Number = 1, Double = 5, Vector = [6, 0, 7] },
        new Row { Number = float.NaN, Double = 7, Vector = [0, 0, 7] },
    ]);

    private sealed class Row
    {
        public float Number { get; set; }

        public double Double { get; set; }

        [VectorType(3)]
        public float[] Vector { get; set; } = [];

        public string Text { get; set; } = "";
    }

    [Fact]
    public void Min_max_divides_by_the_largest_magnitude_so_that_zero_stays_zero()
    {
        var data = Apply(_ml.Transforms.NormalizeMinMax("Number").Append(_ml.Transforms.NormalizeMinMax("Vector")).Append(_ml.Transforms.NormalizeMinMax("Double")));

        Close([-1, 0.5f, 0.25f, float.NaN], data.Column<float>("Number"));
        Close([1f / 6, 0, 3f / 7, 2f / 6, 0, float.NaN, 1, 0, 1, 0, 0, 1], data.Vectors("Vector").SelectMany(v => v));
        Assert.Equal([1 / 7.0, 3 / 7.0, 5 / 7.0, 1], data.Column<double>("Double"), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void Min_max_without_fixed_zero_maps_the_range_to_zero_and_one()
    {
        var data = Apply(_ml.Transforms.NormalizeMinMax("Number", fixZero: false).Append(_ml.Transforms.NormalizeMinMax("Vector", fixZero: false)));

        Close([0, 1, 5f / 6, float.NaN], data.Column<float>("Number"));
        Close([1f / 6, 0, 0, 2f / 6, 0, float.NaN, 1, 0, 1, 0, 0, 1], data.Vectors("Vector").SelectMany(v => v));
    }

    [Fact]
    public void Min_max_learns_from_the_data_it_is_fitted_on()
    {
        var model = _ml.Transforms.NormalizeMinMax("Number").Fit(_data);

        var other = model.Transform(_ml.Data.LoadFromEnumerable([new Row { Number = 8, Vector = [0, 0, 0] }]));

        Assert.Equal([2f], other.Column<float>("Number"));
    }

    [Fact]
    public void Mean_variance_divides_by_the_root_mean_square_so_that_zero_stays_zero()
    {
        var data = Apply(_ml.Transforms.NormalizeMeanVariance("Number").Append(_ml.Transforms.NormalizeMeanVariance("Vector")).Append(_ml.Transforms.NormalizeMeanVariance("Double")));

        var (number, first, last) = (MathF.Sqrt(7), MathF.Sqrt(41 / 4f), MathF.Sqrt(107 / 3f));
        Close([-4 / number, 2 / number, 1 / number, float.NaN], data.Column<float>("Number"));
        Close([1 / first, 0, 3 / last, 2 / first, 0, float.NaN, 6 / first, 0, 7 / last, 0, 0, 7 / last], data.Vectors("Vector").SelectMany(v => v));
        Assert.Equal(new[] { 1, 3, 5, 7 }.Select(x => x / Math.Sqrt(21)), data.Column<double>("Double"), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void Mean_variance_without_fixed_zero_standardizes()
    {
        var data = Apply(_ml.Transforms.NormalizeMeanVariance("Number", fixZero: false).Append(_ml.Transforms.NormalizeMeanVariance("Vector", fixZero: false)));

        var (mean, deviation) = (-1f / 3, MathF.Sqrt(7 - 1f / 9));
        Close(new[] { -4, 2, 1, float.NaN }.Select(x => (x - mean) / deviation), data.Column<float>("Number"));
        // A slot that never varies is only left where it is.
        Assert.All(data.Vectors("Vector"), v => Assert.Equal(0, v[1]));
    }

    [Fact]
    public void A_normalizer_adds_a_column_and_hides_its_input()
    {
        var schema = Apply(_ml.Transforms.NormalizeMinMax("Number")).Schema;

        Assert.Equal(2, schema.Count(c => c.Name == "Number"));
        Assert.True(schema.First(c => c.Name == "Number").IsHidden);
        Assert.True(schema["Number"].Index > schema.First(c => c.Name == "Number").Index);
    }

    [Fact]
    public void A_hidden_column_can_still_be_read_by_its_index()
    {
        var data = Apply(_ml.Transforms.NormalizeMinMax("Number"));
        var hidden = data.Schema.First(c => c.Name == "Number");

        using var cursor = data.GetRowCursor([hidden]);
        var getter = cursor.GetGetter<float>(hidden);
        cursor.MoveNext();
        var value = 0f;
        getter(ref value);

        Assert.Equal(-4, value);
    }

    [Fact]
    public void A_text_cannot_be_normalized()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.NormalizeMinMax("Text").Fit(_data));

        Assert.Contains("Wrong column type for input column", error.Message);
    }

    [Theory]
    [InlineData(MissingValueReplacingEstimator.ReplacementMode.DefaultValue, 0, 0)]
    [InlineData(MissingValueReplacingEstimator.ReplacementMode.Mean, -1.0 / 3, 17.0 / 3)]
    [InlineData(MissingValueReplacingEstimator.ReplacementMode.Minimum, -4, 3)]
    [InlineData(MissingValueReplacingEstimator.ReplacementMode.Maximum, 2, 7)]
    public void Missing_values_are_replaced_slot_by_slot(MissingValueReplacingEstimator.ReplacementMode mode, double number, double slot)
    {
        var data = Apply(_ml.Transforms.ReplaceMissingValues("Number", replacementMode: mode).Append(_ml.Transforms.ReplaceMissingValues("Vector", replacementMode: mode)));

        Close([-4, 2, 1, (float)number], data.Column<float>("Number"));
        Close([1, 0, 3, 2, 0, (float)slot, 6, 0, 7, 0, 0, 7], data.Vectors("Vector").SelectMany(v => v));
    }

    [Fact]
    public void Missing_values_are_replaced_by_the_default_value_unless_told_otherwise()
        => Close([-4, 2, 1, 0], Apply(_ml.Transforms.ReplaceMissingValues("Filled", "Number")).Column<float>("Filled"));

    [Fact]
    public void Missing_values_are_indicated_by_booleans()
    {
        var data = Apply(_ml.Transforms.IndicateMissingValues("IsMissing", "Number").Append(_ml.Transforms.IndicateMissingValues("Mask", "Vector")));

        Assert.Equal([false, false, false, true], data.Column<bool>("IsMissing"));
        Assert.Equal(new VectorDataViewType(BooleanDataViewType.Instance, 3), data.Schema["Mask"].Type);
        Assert.Equal([false, false, true], data.Column<VBuffer<bool>>("Mask")[1].DenseValues());
    }

    private IDataView Apply(IEstimator<ITransformer> estimator) => estimator.Fit(_data).Transform(_data);

    private static void Close(IEnumerable<float> expected, IEnumerable<float> actual)
        => Assert.Equal(expected, actual, (a, b) => a.Equals(b) || MathF.Abs(a - b) < 1e-5f);
}
