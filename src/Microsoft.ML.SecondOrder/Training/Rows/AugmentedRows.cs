using System.Collections.Immutable;
using Microsoft.ML.SecondOrder.Networks;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Rows whose images are changed at random: shifted, turned, cut and mirrored in one go, by the seed and the epoch alone.</summary>
internal sealed class AugmentedRows : RowSource
{
    private const int Stream = 1 << 20;

    private readonly RowSource _rows;
    private readonly ImmutableArray<(int Start, InputSegment Image)> _images;
    private readonly ImmutableArray<float> _background;
    private readonly long _seed;
    private readonly float[] _copy;
    private Random _random;

    /// <param name="rows">Where they come from; disposed with this.</param>
    /// <param name="augmentation">What is done.</param>
    /// <param name="segments">What the inputs are.</param>
    /// <param name="scaling">Says what a pixel of 0 is, which comes in from outside.</param>
    /// <param name="seed">Of all that is drawn.</param>
    public AugmentedRows(RowSource rows, ImageAugmentation augmentation, IEnumerable<InputSegment> segments, FeatureScaling scaling, long seed)
    {
        (_rows, Augmentation, _seed) = (rows, augmentation, seed);
        var start = 0;
        var images = ImmutableArray.CreateBuilder<(int, InputSegment)>();
        foreach (var segment in segments)
        {
            if (segment.Kind is InputKind.PlanarImage or InputKind.InterleavedImage)
            {
                images.Add((start, segment));
            }

            start += segment.Size;
        }

        _images = images.ToImmutable();
        var background = new float[scaling.Inputs];
        scaling.Apply(new float[scaling.Features], background);
        _background = [.. background];
        _copy = new float[_images.Select(i => i.Image.Size).Append(0).Max()];
        _random = Seeds.Random(seed, Stream);
    }

    private AugmentedRows(AugmentedRows like, RowSource rows, long seed)
    {
        (_rows, Augmentation, _seed, _images, _background) = (rows, like.Augmentation with { IsLearned = false }, seed, like._images, like._background);
        _copy = new float[like._copy.Length];
        _random = Seeds.Random(seed, Stream);
    }

    /// <summary>What is done; its strengths may change while the rows are learned from.</summary>
    public ImageAugmentation Augmentation { get; set; }

    /// <summary>Pixels of the shortest side of the images.</summary>
    public int ShortestSide => _images.Min(i => Math.Min(Sizes(i.Image).Height, Sizes(i.Image).Width));

    public override RowSource Plain => _rows.Plain;

    public override int Count => _rows.Count;

    public override int Inputs => _rows.Inputs;

    public override int Targets => _rows.Targets;

    public override bool HasWeights => _rows.HasWeights;

    public override void Begin(int epoch)
    {
        _random = Seeds.Random(_seed, Stream + epoch);
        _rows.Begin(epoch);
    }

    public override float Next(Span<float> inputs, Span<float> targets)
    {
        var weight = _rows.Next(inputs, targets);
        Change(inputs, Augmentation, _random);
        return weight;
    }

    /// <summary>Changes the images of a row.</summary>
    /// <param name="inputs">Of the row: [I].</param>
    /// <param name="augmentation">How.</param>
    /// <param name="random">Of what is drawn: the same numbers for every strength.</param>
    public void Change(Span<float> inputs, ImageAugmentation augmentation, Random random)
    {
        foreach (var (start, image) in _images)
        {
            Change(image, Draw(augmentation, random), inputs.Slice(start, image.Size), _background.AsSpan().Slice(start, image.Size));
        }
    }

    public override void Skip(int rows)
    {
        for (var i = 0; i < rows * _images.Length; i++)
        {
            Draw(Augmentation, _random);
        }

        _rows.Skip(rows);
    }

    public override void Dispose() => _rows.Dispose();

    public override RowSource Around(RowSource plain, long seed) => new AugmentedRows(this, plain, seed);

    /// <summary>Always as many random numbers, so that rows can be passed over.</summary>
    private static Change Draw(ImageAugmentation augmentation, Random random)
    {
        double Symmetric() => 2 * random.NextDouble() - 1;
        var (sine, cosine) = Math.SinCos(augmentation.Rotation * Symmetric() * Math.PI / 180);
        var scale = 1 - augmentation.Crop * random.NextDouble();
        var (right, down) = (augmentation.Shift * Symmetric(), augmentation.Shift * Symmetric());
        var mirror = random.NextDouble() < 0.5 && augmentation.Flip ? -1 : 1;
        return new Change(scale * cosine * mirror, -scale * sine, scale * sine * mirror, scale * cosine, right, down);
    }

    private static (int Channels, int Height, int Width) Sizes(InputSegment image) => image.Kind == InputKind.PlanarImage
        ? (image.Dimensions[0], image.Dimensions[1], image.Dimensions[2])
        : (image.Dimensions[2], image.Dimensions[0], image.Dimensions[1]);

    /// <summary>Each pixel takes what stands at its place before the change, between pixels in proportion.</summary>
    private void Change(InputSegment image, Change change, Span<float> pixels, ReadOnlySpan<float> background)
    {
        var (channels, height, width) = Sizes(image);
        var (acrossStep, channelStep) = image.Kind == InputKind.PlanarImage ? (1, height * width) : (channels, 1);
        var before = _copy.AsSpan(0, pixels.Length);
        pixels.CopyTo(before);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (u, v) = (x - (width - 1) / 2.0, y - (height - 1) / 2.0);
                var fromX = change.XX * u + change.XY * v + (width - 1) / 2.0 - change.Right;
                var fromY = change.YX * u + change.YY * v + (height - 1) / 2.0 - change.Down;
                var (left, top) = ((int)Math.Floor(fromX), (int)Math.Floor(fromY));
                var (across, down) = ((float)(fromX - left), (float)(fromY - top));
                for (var c = 0; c < channels; c++)
                {
                    var at = (y * width + x) * acrossStep + c * channelStep;
                    var outside = background[at];
                    float Pixel(Span<float> all, int px, int py) =>
                        px >= 0 && px < width && py >= 0 && py < height ? all[(py * width + px) * acrossStep + c * channelStep] : outside;
                    var upper = Pixel(before, left, top) * (1 - across) + Pixel(before, left + 1, top) * across;
                    var lower = Pixel(before, left, top + 1) * (1 - across) + Pixel(before, left + 1, top + 1) * across;
                    pixels[at] = upper * (1 - down) + lower * down;
                }
            }
        }
    }
}

/// <summary>Where a pixel comes from, from the middle of the image: (XX u + XY v − Right, YX u + YY v − Down).</summary>
internal readonly record struct Change(double XX, double XY, double YX, double YY, double Right, double Down);
