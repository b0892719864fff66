using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Tests.Support;

namespace Microsoft.ML.SecondOrder.Tests.MlNet;

/// <summary>Rows to files and back.</summary>
public sealed class SaveRowsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _data;

    public SaveRowsTests() => _data = _ml.Data.LoadFromEnumerable(
    [
        new Row { Number = 1.5f, Text = "a\tb", Flag = true, Vector = [1, 0, 3] },
        new Row { Number = float.NaN, Text = "", Vector = [0, 0, 7] },
        new Row { Number = 2, Text = "say \"x\"", Vector = [0, 0.1f, 0] },
    ]);

    private sealed class Row
    {
        public float Number { get; set; }

        public string Text { get; set; } = "";

        public bool Flag { get; set; }

        [VectorType(3)]
        public float[] Vector { get; set; } = [];
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Text_comes_back_as_it_was()
    {
        var path = _folder.File("rows.tsv");
        using (var stream = File.Create(path)) _ml.Data.SaveAsText(_data, stream);

        var back = _ml.Data.LoadFromTextFile(path, new TextLoader.Options
        {
            HasHeader = true,
            AllowQuoting = true,
            AllowSparse = true,
            Columns = [new("Number", DataKind.Single, 0), new("Text", DataKind.String, 1), new("Flag", DataKind.Boolean, 2), new("Vector", DataKind.Single, 3, 5)],
        });

        Same(back);
    }

    [Fact]
    public void Text_starts_with_how_to_read_it()
    {
        var path = _folder.File("rows.tsv");
        using (var stream = File.Create(path)) _ml.Data.SaveAsText(_data, stream);

        var lines = File.ReadAllLines(path);

        Assert.Equal("#@ TextLoader{", lines[0]);
        Assert.Contains("#@   col=Number:R4:0", lines);
        Assert.Contains("#@   col=Vector:R4:3-5", lines);
    }

    [Fact]
    public void Text_may_be_plain()
    {
        var path = _folder.File("rows.csv");
        var data = _ml.Transforms.SelectColumns("Number", "Flag").Fit(_data).Transform(_data);
        using (var stream = File.Create(path)) _ml.Data.SaveAsText(data, stream, separatorChar: ',', headerRow: false, schema: false);

        Assert.Equal(["1.5,1", "?,0", "2,0"], File.ReadAllLines(path));
    }

    [Fact]
    public void Binary_comes_back_as_it_was_and_knows_its_row_count()
    {
        var path = _folder.File("rows.idv");
        using (var stream = File.Create(path)) _ml.Data.SaveAsBinary(_data, stream);

        var back = _ml.Data.LoadFromBinary(path);

        Assert.Equal(3, back.GetRowCount());
        Same(back);
    }

    private void Same(IDataView back)
    {
        Assert.Equal(_data.Schema.Select(c => (c.Name, c.Type)), back.Schema.Select(c => (c.Name, c.Type)));
        Assert.Equal(_data.Column<float>("Number"), back.Column<float>("Number"));
        Assert.Equal(_data.Texts("Text"), back.Texts("Text"));
        Assert.Equal(_data.Column<bool>("Flag"), back.Column<bool>("Flag"));
        Assert.Equal(_data.Vectors("Vector"), back.Vectors("Vector"));
    }
}
