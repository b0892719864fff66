using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Tests.Support;

namespace Microsoft.ML.SecondOrder.Tests.MlNet;

/// <summary>ML.NET's own path from files of pictures to a trainer: LoadImages, ResizeImages, ExtractPixels.</summary>
public sealed class ImageAnalyticsTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pictures_are_loaded_learned_saved_and_scored_in_another_context(bool interleaves)
    {
        using var folder = new TemporaryFolder();
        var rows = Draw(folder, 120);
        var data = _ml.Data.LoadFromEnumerable(rows);
        var pipeline = Pixels(folder, interleaves).Append(_ml.Transforms.Conversion.MapValueToKey("Label", nameof(Picture.Kind)))
            .Append(_ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkMulticlassTrainer.Options
            {
                FeatureColumnName = "Pixels", Network = Network.Convolutional(4) with { HiddenWidths = [] }, MaximumNumberOfEpochs = 8,
            }));

        var model = pipeline.Fit(data);
        _ml.Model.Save(model, data.Schema, folder.File("model.zip"));
        var loaded = new MLContext().Model.Load(folder.File("model.zip"), out _);

        var scored = model.Transform(data);
        Assert.Equal(interleaves ? [16, 16, 3] : [3, 16, 16], ((VectorDataViewType)scored.Schema["Pixels"].Type).Dimensions);
        Assert.True(_ml.MulticlassClassification.Evaluate(scored).MicroAccuracy > 0.95);
        Assert.Equal(scored.GetColumn<float[]>("Score"), loaded.Transform(data).GetColumn<float[]>("Score"));
    }

    [Fact]
    public void Pictures_of_another_size_are_named_and_a_broken_one_is_an_error()
    {
        using var folder = new TemporaryFolder();
        var data = _ml.Data.LoadFromEnumerable(Draw(folder, 30));
        var pixels = Pixels(folder, false).Fit(data);
        var trainer = _ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkMulticlassTrainer.Options
        {
            LabelColumnName = "Key", FeatureColumnName = "Pixels", Network = Network.Convolutional(2), MaximumNumberOfEpochs = 1,
        });
        var keys = _ml.Transforms.Conversion.MapValueToKey("Key", nameof(Picture.Kind)).Fit(data);
        var model = trainer.Fit(keys.Transform(pixels.Transform(data)));

        var small = Pixels(folder, false, 12).Fit(data).Transform(data);
        var mismatch = Assert.Throws<ArgumentOutOfRangeException>(() => model.Transform(small)).Message;
        Assert.Contains("'Pixels'", mismatch);
        Assert.Contains("3, 16, 16", mismatch);
        Assert.Contains("3, 12, 12", mismatch);

        File.WriteAllText(folder.File("broken.png"), "no picture");
        var broken = _ml.Data.LoadFromEnumerable([new Picture { Path = "broken.png", Kind = "tall" }]);

        // ML.NET's own words, which do not name the file; a file that is missing is named.
        var failure = Assert.ThrowsAny<Exception>(() => trainer.Fit(keys.Transform(pixels.Transform(broken))));
        Assert.Contains("Invalid input stream contents", failure.ToString());
        var missing = _ml.Data.LoadFromEnumerable([new Picture { Path = "nowhere.png", Kind = "tall" }]);
        Assert.Contains("nowhere.png", Assert.ThrowsAny<Exception>(() => trainer.Fit(keys.Transform(pixels.Transform(missing)))).ToString());
    }

    private IEstimator<ITransformer> Pixels(TemporaryFolder folder, bool interleaves, int side = 16) =>
        _ml.Transforms.LoadImages("Image", folder.File(""), nameof(Picture.Path))
            .Append(_ml.Transforms.ResizeImages("Image", side, side))
            .Append(_ml.Transforms.ExtractPixels("Pixels", "Image", interleavePixelColors: interleaves));

    /// <summary>Bars of any colour, lying or standing, in files of any size.</summary>
    private static List<Picture> Draw(TemporaryFolder folder, int count)
    {
        RequireImages();
        var random = new Random(7);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var (side, isTall) = (random.Next(20, 30), i % 2 == 0);
            var (at, colour) = (random.Next(4, side - 6), random.Next(3));
            var bytes = new byte[4 * side * side];
            for (var p = 0; p < side * side; p++)
            {
                bytes[4 * p + 3] = 255;
                bytes[4 * p + colour] = (isTall ? p % side : p / side) is var place && place >= at && place < at + 3 ? (byte)255 : (byte)random.Next(60);
            }

            using var image = MLImage.CreateFromPixels(side, side, MLPixelFormat.Bgra32, bytes);
            image.Save(folder.File($"{i}.png"));
            return new Picture { Path = $"{i}.png", Kind = isTall ? "tall" : "wide" };
        })];
    }

    /// <summary>The native library behind ML.NET's images has to load.</summary>
    private static void RequireImages()
    {
        try
        {
            using var image = MLImage.CreateFromPixels(1, 1, MLPixelFormat.Bgra32, new byte[4]);
        }
        catch (Exception failure) when (failure is TypeInitializationException or DllNotFoundException)
        {
            Assert.Skip($"The native library of Microsoft.ML.ImageAnalytics does not load here: {failure.InnerException?.Message ?? failure.Message}");
        }
    }

    private sealed class Picture
    {
        public string Path { get; set; } = "";

        public string Kind { get; set; } = "";
    }
}
