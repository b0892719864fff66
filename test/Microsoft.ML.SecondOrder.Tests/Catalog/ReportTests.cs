using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Tests.Catalog;

public sealed class ReportTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void A_chain_is_reported_on_rows_as_it_reads_them()
    {
        using var folder = new Support.TemporaryFolder();
        var rows = Rows(300);
        var model = _ml.Transforms.Conversion.MapValueToKey("Label", nameof(Row.Kind))
            .Append(_ml.MulticlassClassification.Trainers.NeuralNetwork(maximumNumberOfEpochs: 4))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Fit(rows);

        _ml.SecondOrder().SaveReport(model, rows, folder.File("report.html"), "Ours & theirs");

        var page = File.ReadAllText(folder.File("report.html"));
        Assert.Contains("<h1>Ours &amp; theirs</h1>", page);
        Assert.Contains("On 300 rows", page);
        Assert.Contains("<th scope=\"col\">&lt;b&gt;</th>", page); // a class of that name
        Assert.Contains("All epochs as numbers", page);
        Assert.Contains(">hidden1</th>", page);
        Assert.Contains("Microsoft.ML.SecondOrder", page);
    }

    [Fact]
    public void A_loaded_model_is_reported_without_its_course()
    {
        using var folder = new Support.TemporaryFolder();
        var rows = Rows(100);
        var model = _ml.Regression.Trainers.NeuralNetwork(labelColumnName: nameof(Row.Size), maximumNumberOfEpochs: 2).Fit(rows);
        _ml.Model.Save(model, rows.Schema, folder.File("model.zip"));

        _ml.SecondOrder().SaveReport(_ml.Model.Load(folder.File("model.zip"), out _), rows, folder.File("report.html"));

        var page = File.ReadAllText(folder.File("report.html"));
        Assert.Contains("Regression of Size", page);
        Assert.Contains("Residuals", page);
        Assert.DoesNotContain("All epochs as numbers", page);
    }

    [Fact]
    public void Without_rows_a_report_has_no_results_and_two_targets_have_one_each()
    {
        using var folder = new Support.TemporaryFolder();
        var rows = _ml.Transforms.Concatenate("Both", nameof(Row.Size), nameof(Row.Size)).Fit(Rows(100)).Transform(Rows(100));
        var model = _ml.Regression.Trainers.NeuralNetwork(labelColumnName: "Both", maximumNumberOfEpochs: 2).Fit(rows);

        _ml.SecondOrder().SaveReport(model, null, folder.File("none.html"));
        _ml.SecondOrder().SaveReport(model, rows, folder.File("both.html"));

        Assert.DoesNotContain("id=\"results\"", File.ReadAllText(folder.File("none.html")));
        Assert.Equal(2, File.ReadAllText(folder.File("both.html")).Split("<figcaption>Residuals").Length - 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Columns_that_matter_come_first_and_one_class_alone_is_no_trouble(bool bothClasses)
    {
        using var folder = new Support.TemporaryFolder();
        var random = new Random(1);
        var data = Enumerable.Range(0, 400).Select(i => new Pair(random.NextSingle(), random.NextSingle())).ToList();
        var model = _ml.Transforms.Concatenate("Features", nameof(Pair.Noise), nameof(Pair.Signal))
            .Append(_ml.BinaryClassification.Trainers.NeuralNetwork(maximumNumberOfEpochs: 5))
            .Append(_ml.Transforms.CopyColumns("Label", "Score"))
            .Fit(_ml.Data.LoadFromEnumerable(data));
        var test = _ml.Data.LoadFromEnumerable(data.Where(p => bothClasses || p.Label));

        _ml.SecondOrder().SaveReport(model, test, folder.File("report.html"));

        var page = File.ReadAllText(folder.File("report.html"));
        Assert.Equal(bothClasses, page.Contains("id=\"features\""));
        Assert.Equal(bothClasses, page.IndexOf(">Signal</th>", StringComparison.Ordinal) is > 0 and var place && place < page.IndexOf(">Noise</th>", StringComparison.Ordinal));
    }

    [Fact]
    public void Rows_with_missing_labels_are_counted_and_left_out()
    {
        using var folder = new Support.TemporaryFolder();
        var rows = Rows(100);
        var model = _ml.Regression.Trainers.NeuralNetwork(labelColumnName: nameof(Row.Size), maximumNumberOfEpochs: 2).Fit(rows);
        var some = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 10).Select(i => new Row(i) { Size = i == 3 ? float.NaN : i }));

        _ml.SecondOrder().SaveReport(model, some, folder.File("report.html"));

        Assert.Contains("On 9 rows that were given for testing. 1 more were left out", File.ReadAllText(folder.File("report.html")));
    }

    [Fact]
    public void What_holds_no_network_is_refused_by_name()
    {
        var model = _ml.Transforms.Concatenate("Both", nameof(Row.Size)).Fit(Rows(3));

        var error = Assert.Throws<ArgumentException>(() => _ml.SecondOrder().SaveReport(model, null, "report.html"));

        Assert.Contains("ColumnConcatenatingTransformer", error.Message);
        Assert.False(File.Exists("report.html"));
    }

    private IDataView Rows(int count) => _ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(i => new Row(i)));

    public sealed class Row(int i)
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [i % 7, i % 3];

        public float Size { get; set; } = i % 7 + 2 * (i % 3);

        public string Kind { get; set; } = i % 3 == 0 ? "<b>" : i % 3 == 1 ? "b" : "c";
    }

    public sealed class Pair(float signal, float noise)
    {
        public float Signal { get; set; } = signal;

        public float Noise { get; set; } = noise;

        public bool Label { get; set; } = signal > 0.5f;
    }
}
