using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Tests.MlNet;

/// <summary>Objects to rows and back.</summary>
public sealed class EnumerableTests
{
    private readonly MLContext _ml = new(seed: 1);

    public sealed class Everything
    {
        public float Number { get; set; }

        public double Double { get; set; }

        public int Integer { get; set; }

        public bool Flag { get; set; }

        public string? Text { get; set; }

        public ReadOnlyMemory<char> Memory { get; set; }

        [VectorType(2)]
        public float[] Fixed { get; set; } = [];

        public float[] Variable { get; set; } = [];

        [VectorType(2)]
        public VBuffer<float> Buffer { get; set; }

        [VectorType]
        public string[] Words { get; set; } = [];

        [KeyType(3)]
        public uint Key { get; set; }

        [ColumnName("Other")]
        public float Renamed { get; set; }

        [NoColumn]
        public object? Hidden { get; set; }

        public float Field;
    }

    [Fact]
    public void Members_become_columns_of_their_types()
    {
        var schema = _ml.Data.LoadFromEnumerable(new List<Everything>()).Schema;

        Assert.Equal(NumberDataViewType.Single, schema["Number"].Type);
        Assert.Equal(NumberDataViewType.Double, schema["Double"].Type);
        Assert.Equal(NumberDataViewType.Int32, schema["Integer"].Type);
        Assert.Equal(BooleanDataViewType.Instance, schema["Flag"].Type);
        Assert.Equal(TextDataViewType.Instance, schema["Text"].Type);
        Assert.Equal(TextDataViewType.Instance, schema["Memory"].Type);
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 2), schema["Fixed"].Type);
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single), schema["Variable"].Type);
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 2), schema["Buffer"].Type);
        Assert.Equal(new VectorDataViewType(TextDataViewType.Instance), schema["Words"].Type);
        Assert.Equal(new KeyDataViewType(typeof(uint), 3), schema["Key"].Type);
        Assert.Equal(NumberDataViewType.Single, schema["Other"].Type);
        Assert.Equal(NumberDataViewType.Single, schema["Field"].Type);
        Assert.Null(schema.GetColumnOrNull("Hidden"));
        Assert.Null(schema.GetColumnOrNull("Renamed"));
    }

    [Fact]
    public void Objects_come_back_as_they_went_in()
    {
        var item = new Everything
        {
            Number = 1.5f,
            Double = 2.5,
            Integer = -3,
            Flag = true,
            Text = "text",
            Memory = "memory".AsMemory(),
            Fixed = [1, 2],
            Variable = [1, 2, 3],
            Buffer = new(2, 1, [5], [1]),
            Words = ["a", "b"],
            Key = 2,
            Renamed = 4,
            Field = 6,
        };

        var back = Assert.Single(_ml.Data.CreateEnumerable<Everything>(_ml.Data.LoadFromEnumerable([item]), reuseRowObject: false));

        Assert.Equal((item.Number, item.Double, item.Integer, item.Flag, item.Text), (back.Number, back.Double, back.Integer, back.Flag, back.Text));
        Assert.Equal("memory", back.Memory.ToString());
        Assert.Equal(item.Fixed, back.Fixed);
        Assert.Equal(item.Variable, back.Variable);
        Assert.Equal(item.Buffer.DenseValues(), back.Buffer.DenseValues());
        Assert.Equal(item.Words, back.Words);
        Assert.Equal((item.Renamed, item.Field), (back.Renamed, back.Field));
    }

    [Fact]
    public void A_key_of_a_class_counts_from_zero_a_column_from_one()
    {
        var data = _ml.Data.LoadFromEnumerable(new uint[] { 0, 1, 2, 3 }.Select(k => new Everything { Key = k }));

        // 3 is no key of Key<UInt32, 0-2>: it becomes 0, the missing key.
        Assert.Equal([1u, 2u, 3u, 0u], data.Column<uint>("Key"));
        Assert.Equal([1u, 2u, 3u, 0u], _ml.Data.CreateEnumerable<Everything>(data, reuseRowObject: false).Select(e => e.Key));
    }

    private sealed class Bytes
    {
        [KeyType(3)]
        public byte Small { get; set; }

        [KeyType(5)]
        public ulong Large { get; set; }
    }

    [Fact]
    public void Keys_may_be_of_any_unsigned_type()
    {
        var data = _ml.Data.LoadFromEnumerable([new Bytes { Small = 2, Large = 5 }]);

        Assert.Equal(new KeyDataViewType(typeof(byte), 3), data.Schema["Small"].Type);
        Assert.Equal([(byte)3], data.Column<byte>("Small"));
        Assert.Equal([0ul], data.Column<ulong>("Large"));
    }

    [Fact]
    public void A_missing_text_is_empty()
    {
        var data = _ml.Data.LoadFromEnumerable([new Everything { Text = null }]);

        Assert.Equal([""], data.Texts("Text"));
    }

    [Fact]
    public void A_vector_of_another_size_than_promised_comes_as_it_is()
    {
        var data = _ml.Data.LoadFromEnumerable([new Everything { Fixed = [1, 2, 3] }]);

        // So whoever reads a vector of known size must check the length of what arrives.
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 2), data.Schema["Fixed"].Type);
        Assert.Equal([[1f, 2f, 3f]], data.Vectors("Fixed"));
    }

    [Fact]
    public void A_schema_definition_gives_a_vector_its_size()
    {
        var definition = SchemaDefinition.Create(typeof(Everything));
        definition["Variable"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 3);
        definition["Number"].ColumnName = "Cost";

        var data = _ml.Data.LoadFromEnumerable([new Everything { Variable = [1, 2, 3], Number = 7 }], definition);

        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 3), data.Schema["Variable"].Type);
        Assert.Equal([[1f, 2f, 3f]], data.Vectors("Variable"));
        Assert.Equal([7f], data.Column<float>("Cost"));
    }

    [Fact]
    public void A_schema_definition_may_add_annotations()
    {
        var definition = SchemaDefinition.Create(typeof(Everything));
        definition["Number"].AddAnnotation("Unit", "metre".AsMemory(), TextDataViewType.Instance);

        var data = _ml.Data.LoadFromEnumerable(new List<Everything>(), definition);

        Assert.Equal("metre", data.Schema["Number"].Annotations.Value<ReadOnlyMemory<char>>("Unit").ToString());
    }

    [Fact]
    public void Rows_can_be_read_again_and_again()
    {
        var data = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 5).Select(i => new Everything { Integer = i }));

        Assert.Equal(data.Column<int>("Integer"), data.Column<int>("Integer"));
    }

    [Fact]
    public void One_object_may_be_reused_for_all_rows()
    {
        var data = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 3).Select(i => new Everything { Integer = i }));

        var rows = _ml.Data.CreateEnumerable<Everything>(data, reuseRowObject: true);

        Assert.Single(rows.ToHashSet(ReferenceEqualityComparer.Instance));
    }

    [Fact]
    public void A_row_type_that_wants_more_columns_is_refused_unless_told_otherwise()
    {
        var data = _ml.Data.LoadFromEnumerable([new PredictionEngineTests.Result { Score = 3 }]);

        Assert.ThrowsAny<Exception>(() => _ml.Data.CreateEnumerable<PredictionEngineTests.TooMuch>(data, false).ToList());
        Assert.Equal(3, Assert.Single(_ml.Data.CreateEnumerable<PredictionEngineTests.TooMuch>(data, false, ignoreMissingColumns: true)).Score);
    }

    [Fact]
    public void A_column_of_a_view_can_be_had_alone()
    {
        var data = _ml.Data.LoadFromEnumerable([new Everything { Text = "a", Number = 1 }, new Everything { Text = "b", Number = 2 }]);

        Assert.Equal([1f, 2f], data.GetColumn<float>("Number"));
        Assert.Equal(["a", "b"], data.GetColumn<string>(data.Schema["Text"]));
    }
}
