using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Training;

public sealed class AugmentedRowsTests
{
    private static readonly InputSegment _image = new("p", InputKind.PlanarImage, [1, 5, 5], []);

    [Fact]
    public void Nothing_to_do_leaves_the_pixels_and_other_inputs_as_they_are()
    {
        using var rows = Rows(new ImageAugmentation());

        Assert.Equal(Picture(0), Next(rows, epoch: 1)[0][..25]);
        Assert.Equal(0.25f, Next(rows, epoch: 1)[0][25]);
    }

    [Fact]
    public void Mirrored_images_are_the_only_others()
    {
        using var rows = Rows(new ImageAugmentation { Flip = true });
        var mirrored = Enumerable.Range(0, 25).Select(i => Picture(0)[i / 5 * 5 + 4 - i % 5]).ToArray();
        var seen = Enumerable.Range(1, 30).Select(e => Next(rows, e)[0][..25]).ToList();

        Assert.All(seen, s => Assert.True(Close(s, Picture(0)) || Close(s, mirrored)));
        Assert.Contains(seen, s => Close(s, Picture(0)));
        Assert.Contains(seen, s => Close(s, mirrored));
    }

    [Fact]
    public void A_shift_moves_the_centre_of_mass_by_at_most_so_much_and_brings_in_the_background()
    {
        using var rows = Rows(new ImageAugmentation { Shift = 1 }, Dot);
        var seen = Enumerable.Range(1, 40).Select(e => Next(rows, e)[0][..25]).ToList();
        var places = seen.Select(s => s.Select((v, i) => v * (i % 5 - 2)).Sum()).ToList();

        Assert.All(seen, s => Assert.Equal(1f, s.Sum(), 1e-5f));
        Assert.All(places, p => Assert.InRange(p, -1.0001f, 1.0001f));
        Assert.True(places.Max() > 0.5f && places.Min() < -0.5f);
    }

    [Fact]
    public void A_quarter_turn_at_most_keeps_the_middle()
    {
        using var rows = Rows(new ImageAugmentation { Rotation = 90 }, Dot);

        Assert.All(Enumerable.Range(1, 20), e => Assert.Equal(1f, Next(rows, e)[0][12], 1e-5f));
    }

    [Fact]
    public void Plain_rows_are_as_they_were_and_others_can_be_changed_alike()
    {
        using var rows = Rows(new ImageAugmentation { Shift = 2 });
        using var others = rows.Around(rows.Plain, seed: 5);

        Assert.Equal(Picture(0), Next(rows.Plain, epoch: 1)[0][..25]);
        Assert.NotEqual(Picture(0), Next(others, epoch: 1)[0][..25]);
    }

    [Fact]
    public void The_same_epoch_gives_the_same_images_and_skipped_rows_change_nothing()
    {
        var all = new ImageAugmentation { Shift = 2, Rotation = 20, Crop = 0.3, Flip = true };
        using var first = Rows(all);
        using var second = Rows(all);
        var expected = Next(first, epoch: 3);
        Next(second, epoch: 1);
        second.Begin(3);
        second.Skip(1);
        var inputs = new float[26];
        second.Next(inputs, new float[1]);

        Assert.Equal(expected[1], inputs);
        Assert.NotEqual(expected[0][..25], Next(first, epoch: 4)[0][..25]);
    }

    private static float[] Picture(int row) => [.. Enumerable.Range(0, 25).Select(i => (i * 7 + row) % 11 / 11f)];

    private static float[] Dot(int row) => [.. Enumerable.Range(0, 25).Select(i => i == 12 ? 1f : 0f)];

    private static bool Close(float[] a, float[] b) => a.Zip(b).All(p => Math.Abs(p.First - p.Second) < 1e-5f);

    private static List<float[]> Next(RowSource rows, int epoch)
    {
        rows.Begin(epoch);
        return [.. Enumerable.Range(0, 2).Select(_ =>
        {
            var inputs = new float[26];
            rows.Next(inputs, new float[1]);
            return inputs;
        })];
    }

    /// <summary>Two rows of the same picture, with one more input behind.</summary>
    private static AugmentedRows Rows(ImageAugmentation augmentation, Func<int, float[]>? picture = null)
    {
        var features = new FloatRows(26);
        for (var i = 0; i < 2; i++)
        {
            float[] row = [.. (picture ?? Picture)(0), 0.25f];
            row.CopyTo(features.Add());
        }

        var plain = new FeatureScaling([.. new double[26]], [.. Enumerable.Repeat(1.0, 26)]);
        return new AugmentedRows(new MemoryRows(new TrainingRows(features, [0, 0], []), 1), augmentation, [_image, InputSegment.Numbers("n", 1)], plain, seed: 5);
    }
}
