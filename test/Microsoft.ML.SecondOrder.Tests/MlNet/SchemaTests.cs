using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Tests.MlNet;

/// <summary>Schemas, column types and annotations.</summary>
public sealed class SchemaTests
{
    [Fact]
    public void Types_are_equal_by_content()
    {
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 3), new VectorDataViewType(NumberDataViewType.Single, 3));
        Assert.NotEqual(new VectorDataViewType(NumberDataViewType.Single, 3), new VectorDataViewType(NumberDataViewType.Single, 4));
        Assert.NotEqual(new VectorDataViewType(NumberDataViewType.Single, 6), new VectorDataViewType(NumberDataViewType.Single, 2, 3));
        Assert.Equal(new KeyDataViewType(typeof(uint), 3), new KeyDataViewType(typeof(uint), 3));
        Assert.NotEqual<DataViewType>(new KeyDataViewType(typeof(uint), 3), new KeyDataViewType(typeof(byte), 3));
        Assert.NotEqual<DataViewType>(new KeyDataViewType(typeof(uint), 3), NumberDataViewType.UInt32);
    }

    [Fact]
    public void Types_print_as_in_error_texts()
    {
        Assert.Equal("Single", NumberDataViewType.Single.ToString());
        Assert.Equal("String", TextDataViewType.Instance.ToString());
        Assert.Equal("Boolean", BooleanDataViewType.Instance.ToString());
        Assert.Equal("Vector<Single, 3>", new VectorDataViewType(NumberDataViewType.Single, 3).ToString());
        Assert.Equal("Vector<Single, 2, 3>", new VectorDataViewType(NumberDataViewType.Single, 2, 3).ToString());
        Assert.Equal("Vector<Single>", new VectorDataViewType(NumberDataViewType.Single).ToString());
        Assert.Equal("Key<UInt32, 0-2>", new KeyDataViewType(typeof(uint), 3).ToString());
    }

    [Fact]
    public void A_vector_knows_its_size_and_shape()
    {
        var image = new VectorDataViewType(NumberDataViewType.Single, 3, 28, 28);

        Assert.Equal(3 * 28 * 28, image.Size);
        Assert.Equal([3, 28, 28], image.Dimensions);
        Assert.True(image.IsKnownSize);
        Assert.Equal(NumberDataViewType.Single, image.ItemType);
        Assert.Equal(typeof(VBuffer<float>), image.RawType);
        Assert.False(new VectorDataViewType(NumberDataViewType.Single).IsKnownSize);
        Assert.Equal(0, new VectorDataViewType(NumberDataViewType.Single).Size);
    }

    [Fact]
    public void Text_is_memory_of_characters()
    {
        Assert.Equal(typeof(ReadOnlyMemory<char>), TextDataViewType.Instance.RawType);
        Assert.Equal(typeof(uint), new KeyDataViewType(typeof(uint), 3).RawType);
        Assert.Equal(typeof(bool), BooleanDataViewType.Instance.RawType);
    }

    [Theory]
    [InlineData(typeof(byte))]
    [InlineData(typeof(ushort))]
    [InlineData(typeof(uint))]
    [InlineData(typeof(ulong))]
    public void Keys_may_be_of_any_unsigned_type(Type type) => Assert.Equal(5ul, new KeyDataViewType(type, 5).Count);

    [Fact]
    public void Keys_of_other_types_are_refused()
    {
        Assert.ThrowsAny<ArgumentException>(() => new KeyDataViewType(typeof(int), 5));
        Assert.ThrowsAny<ArgumentException>(() => new KeyDataViewType(typeof(byte), 300));
    }

    [Fact]
    public void The_last_of_two_columns_with_one_name_hides_the_first()
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("X", NumberDataViewType.Single);
        builder.AddColumn("Y", NumberDataViewType.Single);
        builder.AddColumn("X", TextDataViewType.Instance);
        var schema = builder.ToSchema();

        Assert.Equal(3, schema.Count);
        Assert.True(schema[0].IsHidden);
        Assert.False(schema[2].IsHidden);
        Assert.Equal(2, schema["X"].Index);
        Assert.Equal(TextDataViewType.Instance, schema.GetColumnOrNull("X")!.Value.Type);
    }

    [Fact]
    public void Annotations_are_read_by_their_type_only()
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.AddPrimitiveValue("Flag", BooleanDataViewType.Instance, true);
        builder.AddPrimitiveValue("Name", TextDataViewType.Instance, "abc".AsMemory());
        builder.Add("Values", new VectorDataViewType(NumberDataViewType.Single, 2), (ref VBuffer<float> value) => value = new(2, [1, 2]));
        var annotations = builder.ToAnnotations();

        Assert.True(annotations.Value<bool>("Flag"));
        Assert.Equal("abc", annotations.Value<ReadOnlyMemory<char>>("Name").ToString());
        Assert.Equal([1f, 2f], annotations.Values<float>("Values"));
        Assert.ThrowsAny<InvalidOperationException>(() => annotations.Value<float>("Flag"));
        Assert.ThrowsAny<InvalidOperationException>(() => annotations.Value<bool>("None"));
    }

    [Fact]
    public void Columns_without_annotations_have_an_empty_set()
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("X", NumberDataViewType.Single);

        Assert.Empty(builder.ToSchema()["X"].Annotations.Schema);
    }

    [Fact]
    public void An_annotation_set_can_be_copied_in_part()
    {
        var source = new DataViewSchema.Annotations.Builder();
        source.AddPrimitiveValue("A", BooleanDataViewType.Instance, true);
        source.AddPrimitiveValue("B", NumberDataViewType.Single, 3f);
        var copy = new DataViewSchema.Annotations.Builder();
        copy.Add(source.ToAnnotations(), name => name == "B");

        Assert.Equal(["B"], copy.ToAnnotations().Schema.Names());
        Assert.Equal(3f, copy.ToAnnotations().Value<float>("B"));
    }

    [Fact]
    public void A_row_id_is_equal_by_content()
    {
        Assert.Equal(new DataViewRowId(1, 2), new DataViewRowId(1, 2));
        Assert.NotEqual(new DataViewRowId(1, 2), new DataViewRowId(2, 1));
    }
}
