using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Tests.Support;

namespace Microsoft.ML.SecondOrder.Tests.MlNet;

/// <summary>Row counts, order, splits, filters, caches and cursors.</summary>
public sealed class DataViewTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _data;

    public DataViewTests() => _data = Numbers(300);

    private sealed class Row
    {
        public int Id { get; set; }

        public float Value { get; set; }

        public string Group { get; set; } = "";

        [VectorType(2)]
        public float[] Pair { get; set; } = [];
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Only_some_views_know_their_row_count()
    {
        var file = _folder.File("rows.tsv");
        File.WriteAllText(file, "1\n2\n3\n");
        var text = _ml.Data.LoadFromTextFile(file, [new TextLoader.Column("X", DataKind.Single, 0)]);

        Assert.Equal(300, _data.GetRowCount());
        Assert.Equal(20, _ml.Data.TakeRows(_data, 20).GetRowCount());
        Assert.Equal(300, _ml.Data.Cache(_data).GetRowCount());
        Assert.Null(text.GetRowCount());
        Assert.Null(_ml.Data.TrainTestSplit(_data).TrainSet.GetRowCount());
        Assert.Null(_ml.Data.LoadFromEnumerable(Enumerable.Range(0, 5).Select(i => new Row { Id = i })).GetRowCount());
    }

    [Fact]
    public void A_split_leaves_a_tenth_for_testing_and_no_row_out()
    {
        var split = _ml.Data.TrainTestSplit(_data);

        Assert.InRange(split.TestSet.Count(), 15, 50);
        Assert.Equal(Enumerable.Range(0, 300), Ids(split.TrainSet).Concat(Ids(split.TestSet)).Order());
    }

    [Fact]
    public void A_split_is_stable_in_order_and_cannot_shuffle()
    {
        var split = _ml.Data.TrainTestSplit(_data, testFraction: 0.3);

        Assert.False(split.TrainSet.CanShuffle);
        Assert.Equal(Ids(split.TrainSet), Ids(split.TrainSet));
        Assert.Equal(Ids(split.TrainSet), Ids(_ml.Data.TrainTestSplit(_data, testFraction: 0.3).TrainSet));
        Assert.InRange(split.TestSet.Count(), 60, 120);
    }

    [Fact]
    public void A_split_hides_how_it_was_made()
        => Assert.Equal(_data.Schema.Names(), _ml.Data.TrainTestSplit(_data).TrainSet.Schema.Names());

    [Fact]
    public void A_sampling_key_keeps_groups_together()
    {
        var split = _ml.Data.TrainTestSplit(_data, 0.5, samplingKeyColumnName: "Group");

        Assert.Empty(split.TrainSet.Texts("Group").Intersect(split.TestSet.Texts("Group")));
        Assert.NotEmpty(split.TestSet.Texts("Group"));
    }

    [Fact]
    public void Folds_of_a_cross_validation_split_cover_the_data_once()
    {
        var folds = _ml.Data.CrossValidationSplit(_data, numberOfFolds: 3);

        Assert.Equal(3, folds.Count);
        Assert.Equal(Enumerable.Range(0, 300), folds.SelectMany(f => Ids(f.TestSet)).Order());
        Assert.All(folds, f => Assert.Empty(Ids(f.TrainSet).Intersect(Ids(f.TestSet))));
    }

    [Fact]
    public void Shuffling_by_seed_gives_the_same_order_at_each_reading()
    {
        var shuffled = _ml.Data.ShuffleRows(_data, seed: 3);

        Assert.Equal(Ids(shuffled), Ids(shuffled));
        Assert.Equal(Ids(shuffled), Ids(_ml.Data.ShuffleRows(_data, seed: 3)));
        Assert.NotEqual(Ids(_data), Ids(shuffled));
        Assert.Equal(Ids(_data), Ids(shuffled).Order());
    }

    [Fact]
    public void A_cursor_over_objects_keeps_their_order_even_when_given_randomness()
    {
        var ids = new List<int>();
        using var cursor = _data.GetRowCursor([_data.Schema["Id"]], new Random(1));
        var getter = cursor.GetGetter<int>(_data.Schema["Id"]);
        var id = 0;
        while (cursor.MoveNext())
        {
            getter(ref id);
            ids.Add(id);
        }

        Assert.Equal(Enumerable.Range(0, 300), ids);
    }

    [Fact]
    public void Rows_are_taken_and_skipped()
    {
        Assert.Equal([0, 1, 2], Ids(_ml.Data.TakeRows(_data, 3)));
        Assert.Equal([298, 299], Ids(_ml.Data.SkipRows(_data, 298)));
        Assert.Equal([5, 6], Ids(_ml.Data.TakeRows(_ml.Data.SkipRows(_data, 5), 2)));
        Assert.Empty(Ids(_ml.Data.SkipRows(_data, 1000)));
        Assert.Equal(300, _ml.Data.TakeRows(_data, 1000).Count());
    }

    [Fact]
    public void A_filter_keeps_values_from_its_lower_bound_up_to_but_not_with_its_upper()
    {
        Assert.Equal([10, 11, 12], Ids(_ml.Data.FilterRowsByColumn(_data, "Value", lowerBound: 10, upperBound: 13)));
        Assert.Equal([298, 299], Ids(_ml.Data.FilterRowsByColumn(_data, "Value", lowerBound: 298)));
    }

    [Fact]
    public void A_filter_drops_rows_with_missing_values_also_in_vectors()
    {
        var data = _ml.Data.LoadFromEnumerable(
        [
            new Row { Id = 1, Value = 1, Pair = [1, 2] },
            new Row { Id = 2, Value = float.NaN, Pair = [1, 2] },
            new Row { Id = 3, Value = 1, Pair = [1, float.NaN] },
        ]);

        Assert.Equal([1, 3], Ids(_ml.Data.FilterRowsByMissingValues(data, "Value")));
        Assert.Equal([1, 2], Ids(_ml.Data.FilterRowsByMissingValues(data, "Pair")));
        Assert.Equal([1], Ids(_ml.Data.FilterRowsByMissingValues(data, "Value", "Pair")));
    }

    [Fact]
    public void A_cache_reads_its_source_once()
    {
        var reads = 0;
        var source = Enumerable.Range(0, 50).Select(i =>
        {
            Interlocked.Increment(ref reads);
            return new Row { Id = i };
        });

        var cached = _ml.Data.Cache(_ml.Data.LoadFromEnumerable(source));
        Assert.Equal(0, reads);
        _ = Ids(cached);
        var afterFirst = reads;
        _ = Ids(cached);

        Assert.Equal(50, afterFirst);
        Assert.Equal(50, reads);
        Assert.True(cached.CanShuffle);
    }

    [Fact]
    public void A_cache_can_be_read_by_many_threads()
    {
        var cached = _ml.Data.Cache(_data);

        var sums = Enumerable.Range(0, 4).AsParallel().Select(_ => Ids(cached).Sum()).ToArray();

        Assert.All(sums, sum => Assert.Equal(300 * 299 / 2, sum));
    }

    [Fact]
    public void A_preview_shows_at_most_a_hundred_rows()
    {
        var preview = _data.Preview();

        Assert.Equal(100, preview.RowView.Length);
        Assert.Equal(4, preview.ColumnView.Length);
        Assert.Equal("Id", preview.RowView[0].Values[0].Key);
        Assert.Equal(7, preview.RowView[7].Values[0].Value);
        Assert.Equal(_data.Schema, preview.Schema);
    }

    [Fact]
    public void Only_asked_columns_are_active()
    {
        using var cursor = _data.GetRowCursor([_data.Schema["Id"]]);

        Assert.True(cursor.IsColumnActive(_data.Schema["Id"]));
        Assert.False(cursor.IsColumnActive(_data.Schema["Value"]));
        Assert.ThrowsAny<Exception>(() => cursor.GetGetter<float>(_data.Schema["Value"]));
    }

    [Fact]
    public void A_getter_of_a_wrong_type_is_an_invalid_operation()
    {
        using var cursor = _data.GetRowCursor(_data.Schema);
        using var cached = _ml.Data.Cache(_data).GetRowCursor(_data.Schema);

        Assert.ThrowsAny<InvalidOperationException>(() => cursor.GetGetter<double>(_data.Schema["Value"]));
        Assert.ThrowsAny<InvalidOperationException>(() => cached.GetGetter<double>(_data.Schema["Value"]));
    }

    [Fact]
    public void Columns_of_an_equal_schema_of_another_view_are_accepted()
    {
        var other = Numbers(3);

        using var cursor = _data.GetRowCursor([other.Schema["Id"]]);

        Assert.True(cursor.IsColumnActive(_data.Schema["Id"]));
    }

    [Fact]
    public void A_column_of_a_foreign_schema_is_refused()
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(_data.Schema);
        builder.AddColumn("More", NumberDataViewType.Single);
        var foreign = builder.ToSchema()["More"];

        Assert.ThrowsAny<Exception>(() => _data.GetRowCursor([foreign]));
    }

    [Fact]
    public void Every_row_has_a_position_and_an_id()
    {
        using var cursor = _ml.Data.TakeRows(_data, 2).GetRowCursor([]);
        var idOf = cursor.GetIdGetter();
        var ids = new HashSet<DataViewRowId>();
        Assert.Equal(-1, cursor.Position);

        for (var position = 0; position < 2; position++)
        {
            Assert.True(cursor.MoveNext());
            Assert.Equal(position, cursor.Position);
            DataViewRowId id = default;
            idOf(ref id);
            Assert.True(ids.Add(id));
        }

        Assert.False(cursor.MoveNext());
        Assert.Equal(-1, cursor.Position);
    }

    private IDataView Numbers(int count)
        => _ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(i => new Row { Id = i, Value = i, Group = "g" + i / 10, Pair = [i, -i] }).ToList());

    private static int[] Ids(IDataView data) => data.Column<int>("Id");
}
