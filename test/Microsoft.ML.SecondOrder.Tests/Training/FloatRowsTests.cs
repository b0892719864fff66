using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Training;

public sealed class FloatRowsTests
{
    [Theory]
    [InlineData(1, 3_000_000)]
    [InlineData(7, 400_000)]
    [InlineData(3_000_000, 3)]
    public void Rows_keep_what_was_written_across_blocks(int width, int count)
    {
        var rows = new FloatRows(width);
        for (var i = 0; i < count; i++)
        {
            var row = rows.Add();
            (row[0], row[^1]) = (i, i);
        }

        Assert.Equal(count, rows.Count);
        Assert.All(Enumerable.Range(0, 100).Select(i => (int)((long)(count - 1) * i / 99)), i => Assert.Equal((i, i), (rows[i][0], rows[i][^1])));
    }

    [Fact]
    public void A_removed_row_makes_room_for_the_next()
    {
        var rows = new FloatRows(1);
        rows.Add()[0] = 1;
        rows.Add()[0] = 2;
        rows.RemoveLast();
        rows.Add()[0] = 3;

        Assert.Equal((2, 1f, 3f), (rows.Count, rows[0][0], rows[1][0]));
    }
}
