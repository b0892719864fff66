using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Tests.MlNet;

public sealed class VBufferTests
{
    private static VBuffer<float> Sparse => new(5, 2, [7, 9], [1, 4]);

    private static VBuffer<float> Dense => new(3, [1, 2, 3]);

    [Fact]
    public void A_dense_buffer_shows_its_values_and_no_indices()
    {
        Assert.True(Dense.IsDense);
        Assert.Equal([1, 2, 3], Dense.GetValues().ToArray());
        Assert.Equal(0, Dense.GetIndices().Length);
        Assert.Equal(3, Dense.Length);
    }

    [Fact]
    public void A_sparse_buffer_shows_what_it_holds()
    {
        Assert.False(Sparse.IsDense);
        Assert.Equal([7, 9], Sparse.GetValues().ToArray());
        Assert.Equal([1, 4], Sparse.GetIndices().ToArray());
        Assert.Equal([0, 7, 0, 0, 9], Sparse.DenseValues());
        Assert.Equal([KeyValuePair.Create(1, 7f), KeyValuePair.Create(4, 9f)], Sparse.Items());
        Assert.Equal(5, Sparse.Items(all: true).Count());
    }

    [Fact]
    public void Copying_to_a_span_fills_the_gaps()
    {
        var target = new float[] { 1, 1, 1, 1, 1 };

        Sparse.CopyTo(target);

        Assert.Equal([0, 7, 0, 0, 9], target);
    }

    [Fact]
    public void Copying_to_a_buffer_keeps_it_sparse()
    {
        var copy = Dense;

        Sparse.CopyTo(ref copy);

        Assert.False(copy.IsDense);
        Assert.Equal(Sparse.DenseValues(), copy.DenseValues());
    }

    [Fact]
    public void Single_items_are_found_by_index()
    {
        Assert.Equal(9, Sparse.GetItemOrDefault(4));
        Assert.Equal(0, Sparse.GetItemOrDefault(3));
        Assert.Equal(2, Dense.GetItemOrDefault(1));
    }

    [Fact]
    public void A_count_equal_to_the_length_means_dense()
    {
        var buffer = new VBuffer<int>(2, 2, [5, 6], [0, 1]);

        Assert.True(buffer.IsDense);
        Assert.Equal([5, 6], buffer.DenseValues());
    }

    [Fact]
    public void An_editor_writes_dense_values_and_reuses_the_memory()
    {
        var buffer = Dense;

        var editor = VBufferEditor.Create(ref buffer, 3);
        Assert.False(editor.CreatedNewValues);
        editor.Values[0] = 8;
        editor.Values[1] = 8;
        editor.Values[2] = 8;
        buffer = editor.Commit();

        Assert.Equal([8, 8, 8], buffer.DenseValues());
    }

    [Fact]
    public void An_editor_writes_sparse_values()
    {
        var buffer = default(VBuffer<float>);

        var editor = VBufferEditor.Create(ref buffer, 10, 2);
        (editor.Indices[0], editor.Values[0]) = (3, 1.5f);
        (editor.Indices[1], editor.Values[1]) = (8, 2.5f);
        buffer = editor.Commit();

        Assert.False(buffer.IsDense);
        Assert.Equal(10, buffer.Length);
        Assert.Equal([3, 8], buffer.GetIndices().ToArray());
        Assert.Equal(2.5f, buffer.DenseValues().ElementAt(8));
    }

    [Fact]
    public void The_default_buffer_is_empty_and_dense()
    {
        var buffer = default(VBuffer<float>);

        Assert.Equal(0, buffer.Length);
        Assert.True(buffer.IsDense);
    }
}
