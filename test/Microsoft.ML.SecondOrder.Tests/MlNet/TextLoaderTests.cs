using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Tests.Support;

namespace Microsoft.ML.SecondOrder.Tests.MlNet;

/// <summary>Text files to rows: separators, quotes, missing values, ranges, keys.</summary>
public sealed class TextLoaderTests : IDisposable
{
    private static readonly TextLoader.Column[] Abc = [new("A", DataKind.Single, 0), new("B", DataKind.String, 1), new("C", DataKind.Single, 2)];

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public sealed class Fare
    {
        [LoadColumn(0)]
        public string Vendor { get; set; } = "";

        [LoadColumn(1, 2)]
        [VectorType(2)]
        public float[] Trip { get; set; } = [];

        [LoadColumn(3)]
        [ColumnName("Label")]
        public float Amount { get; set; }
    }

    public sealed class Unmarked
    {
        [LoadColumn(0)]
        public float A { get; set; }

        public float NotInTheFile { get; set; }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Attributes_say_which_columns_a_class_takes()
    {
        var data = _ml.Data.LoadFromTextFile<Fare>(File("v,t,d,a\nCMT,1271,3.8,17.5\n"), separatorChar: ',', hasHeader: true);

        Assert.Equal(["Label", "Trip", "Vendor"], data.Schema.Names().Order());
        Assert.Equal([[1271f, 3.8f]], data.Vectors("Trip"));
        Assert.Equal(["CMT"], data.Texts("Vendor"));
        Assert.Equal([17.5f], data.Column<float>("Label"));
    }

    [Fact]
    public void Every_property_of_the_class_must_be_marked()
    {
        var error = Assert.Throws<InvalidOperationException>(() => _ml.Data.LoadFromTextFile<Unmarked>(File("1\n")));

        Assert.Contains("'NotInTheFile' is missing the LoadColumnAttribute", error.Message);
    }

    [Fact]
    public void Without_options_columns_are_separated_by_tabs_and_there_is_no_header()
    {
        var data = _ml.Data.LoadFromTextFile(File("1\tx\t3\n4\ty\t6\n"), Abc);

        Assert.Equal([1, 4], data.Column<float>("A"));
        Assert.Equal(["x", "y"], data.Texts("B"));
    }

    [Fact]
    public void Quotes_protect_separators_and_are_doubled_to_be_text()
    {
        var data = Load("1,\"x,y\",3\n2,\"say \"\"hi\"\"\",4\n", new() { AllowQuoting = true });

        Assert.Equal(["x,y", "say \"hi\""], data.Texts("B"));
        Assert.Equal([3, 4], data.Column<float>("C"));
    }

    [Fact]
    public void Without_quoting_a_quote_is_a_character()
    {
        var data = Load("1,\"x,3\n", new());

        Assert.Equal(["\"x"], data.Texts("B"));
        Assert.Equal([3], data.Column<float>("C"));
    }

    [Fact]
    public void A_quoted_field_may_span_lines_where_allowed()
    {
        var data = Load("1,\"x\ny\",3\n", new() { AllowQuoting = true, ReadMultilines = true });

        Assert.Equal(["x\ny"], data.Texts("B"));
        Assert.Equal([3], data.Column<float>("C"));
    }

    [Fact]
    public void An_empty_number_is_zero_an_unreadable_one_is_missing()
    {
        var data = Load(",a,?\nabc,b,NaN\n", new());

        Assert.Equal([0, float.NaN], data.Column<float>("A"));
        Assert.Equal([float.NaN, float.NaN], data.Column<float>("C"));
    }

    [Fact]
    public void Empty_numbers_are_missing_where_asked()
    {
        var data = Load(",a,1\n2,b,\n", new() { MissingRealsAsNaNs = true });

        Assert.Equal([float.NaN, 2], data.Column<float>("A"));
        Assert.Equal([1, float.NaN], data.Column<float>("C"));
    }

    [Fact]
    public void Numbers_are_written_in_the_invariant_way()
    {
        var data = Load("-1e3,a,Infinity\n0.5,b,1E-2\n", new());

        Assert.Equal([-1000, 0.5f], data.Column<float>("A"));
        Assert.Equal([float.PositiveInfinity, 0.01f], data.Column<float>("C"));
    }

    [Fact]
    public void An_unreadable_integer_is_an_error_that_names_line_and_column()
    {
        var data = _ml.Data.LoadFromTextFile(File("5\nabc\n"), [new TextLoader.Column("I", DataKind.Int32, 0)]);

        var error = Assert.Throws<FormatException>(() => data.Column<int>("I"));

        Assert.Contains("Could not parse value abc in line 2, column I", error.Message);
    }

    [Fact]
    public void Short_lines_are_filled_long_ones_cut_and_blank_ones_skipped()
    {
        var data = Load("7\n\n8,w,9,10\n", new());

        Assert.Equal([7, 8], data.Column<float>("A"));
        Assert.Equal(["", "w"], data.Texts("B"));
        Assert.Equal([0, 9], data.Column<float>("C"));
    }

    [Fact]
    public void White_space_before_a_field_goes_behind_it_stays()
        => Assert.Equal(["b "], Load("1, b ,4\n", new()).Texts("B"));

    [Fact]
    public void A_file_may_be_read_in_part()
        => Assert.Equal([1, 3], Load("1,a,2\n3,b,4\n5,c,6\n", new() { MaxRows = 2 }).Column<float>("A"));

    [Fact]
    public void Booleans_are_written_in_several_ways()
    {
        var data = _ml.Data.LoadFromTextFile(File("true\nFALSE\n1\n0\nyes\nno\n"), [new TextLoader.Column("F", DataKind.Boolean, 0)]);

        Assert.Equal([true, false, true, false, true, false], data.Column<bool>("F"));
    }

    [Fact]
    public void A_column_may_be_a_range_or_several()
    {
        var data = _ml.Data.LoadFromTextFile(File("1\t2\t3\t4\n"),
            [new TextLoader.Column("Range", DataKind.Single, 0, 2), new TextLoader.Column("Picked", DataKind.Single, [new TextLoader.Range(1), new TextLoader.Range(3)])]);

        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 3), data.Schema["Range"].Type);
        Assert.Equal([[1f, 2f, 3f]], data.Vectors("Range"));
        Assert.Equal([[2f, 4f]], data.Vectors("Picked"));
    }

    [Fact]
    public void A_header_names_the_slots_of_a_vector()
    {
        var data = _ml.Data.LoadFromTextFile(File("lab\tf1\tf2\n1\t2\t3\n"), new TextLoader.Options { HasHeader = true, Columns = [new("F", DataKind.Single, 1, 2)] });

        Assert.Equal(["f1", "f2"], data.Schema["F"].Annotations.TextValues("SlotNames"));
        Assert.Equal([[2f, 3f]], data.Vectors("F"));
    }

    [Fact]
    public void Keys_are_read_from_zero()
    {
        var data = _ml.Data.LoadFromTextFile(File("0\n2\n9\n"), [new TextLoader.Column("K", DataKind.UInt32, [new TextLoader.Range(0)], new KeyCount(3))]);

        Assert.Equal(new KeyDataViewType(typeof(uint), 3), data.Schema["K"].Type);
        Assert.Equal([1u, 3u, 0u], data.Column<uint>("K"));
    }

    [Fact]
    public void Several_files_are_read_one_after_the_other()
    {
        var data = _ml.Data.CreateTextLoader(Abc, ',').Load(File("9,z,9\n"), File("8,z,9\n"));

        Assert.Equal([9, 8], data.Column<float>("A"));
    }

    [Fact]
    public void A_loader_knows_its_schema_before_it_reads()
        => Assert.Equal(["A", "B", "C"], _ml.Data.CreateTextLoader(Abc).GetOutputSchema().Names());

    [Fact]
    public void A_missing_file_is_an_error_that_names_it()
    {
        var path = _folder.File("none.txt");

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.LoadFromTextFile(path, Abc));

        Assert.Contains($"File or directory does not exist at path: {path}", error.Message);
    }

    [Fact]
    public void Columns_must_be_given() => Assert.ThrowsAny<ArgumentException>(() => _ml.Data.CreateTextLoader(new TextLoader.Options()));

    [Fact]
    public void An_uncached_text_file_is_read_anew_each_time()
    {
        var path = File("1\ta\t1\n");
        var data = _ml.Data.LoadFromTextFile(path, Abc);
        Assert.Equal(1, data.Count());

        System.IO.File.AppendAllText(path, "2\tb\t2\n");

        Assert.Equal(2, data.Count());
    }

    [Fact]
    public void A_real_file_is_read_whole()
    {
        var data = _ml.Data.LoadFromTextFile(Requires.Data("taxi-fare-train.csv"),
            new TextLoader.Options
            {
                Separators = [','],
                HasHeader = true,
                Columns = [new("Vendor", DataKind.String, 0), new("Rate", DataKind.String, 1), new("Distance", DataKind.Single, 4), new("Fare", DataKind.Single, 6)],
            });

        var fares = data.Column<float>("Fare");
        Assert.Equal(100_000, fares.Length);
        Assert.Equal(17.5f, fares[0]);
        Assert.DoesNotContain(fares, float.IsNaN);
        Assert.Equal(2, data.Texts("Vendor").Distinct().Count());
    }

    private IDataView Load(string text, TextLoader.Options options)
    {
        (options.Columns, options.Separators) = (Abc, [',']);
        return _ml.Data.LoadFromTextFile(File(text), options);
    }

    private string File(string text)
    {
        var path = _folder.File(Path.GetRandomFileName());
        System.IO.File.WriteAllText(path, text);
        return path;
    }
}
