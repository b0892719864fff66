using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Training;

public sealed class SchemaShapesTests
{
    [Fact]
    public void A_shape_shows_types_in_ML_NETs_wording()
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("Number", NumberDataViewType.Single);
        builder.AddColumn("Fixed", new VectorDataViewType(NumberDataViewType.Single, 3));
        builder.AddColumn("Variable", new VectorDataViewType(NumberDataViewType.Double));
        builder.AddColumn("Key", new KeyDataViewType(typeof(byte), 3));
        builder.AddColumn("Keys", new VectorDataViewType(new KeyDataViewType(typeof(uint), 3), 2));

        var shape = SchemaShapes.Of(builder.ToSchema());

        Assert.Equal(["Single", "Vector<Single>", "VarVector<Double>", "Key<Byte>", "Vector<Key<UInt32>>"], shape.Select(c => c.TypeText()));
    }

    [Fact]
    public void Hidden_columns_are_not_part_of_a_shape()
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("A", NumberDataViewType.Single);
        builder.AddColumn("A", TextDataViewType.Instance);

        Assert.Equal("String", Assert.Single(SchemaShapes.Of(builder.ToSchema())).TypeText());
    }

    [Fact]
    public void Added_columns_take_the_place_of_those_of_the_same_name()
    {
        var a = new DataViewSchema.Builder();
        a.AddColumn("A", NumberDataViewType.Single);
        a.AddColumn("B", NumberDataViewType.Single);
        var b = new DataViewSchema.Builder();
        b.AddColumn("A", TextDataViewType.Instance);

        var sum = SchemaShapes.Of(a.ToSchema()).With(SchemaShapes.Of(b.ToSchema()));

        Assert.Equal([("A", "String"), ("B", "Single")], sum.Select(c => (c.Name, c.TypeText())).Order());
        Assert.Null(sum.Find("C"));
    }
}
