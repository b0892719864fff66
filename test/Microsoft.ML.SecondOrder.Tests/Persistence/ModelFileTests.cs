using System.IO.Compression;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Tests.Catalog;
using Microsoft.ML.SecondOrder.Tests.Support;

namespace Microsoft.ML.SecondOrder.Tests.Persistence;

/// <summary>Networks inside ML.NET's model files.</summary>
public sealed class ModelFileTests
{
    [Fact]
    public void Another_process_that_only_loads_gives_the_same_bits_in_every_task()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml, 500);
        File.WriteAllLines(folder.File("rows.txt"), Examples.List(500).Select(r => Consumer.Bits(r.Features)));
        foreach (var (name, pipeline) in Pipelines(ml))
        {
            var model = pipeline.Fit(data);
            ml.Model.Save(model, data.Schema, folder.File(name));

            var (code, lines) = Consumer.Run("score", folder.File(name), folder.File("rows.txt"));

            Assert.Equal(Consumer.ScoreBits(model.Transform(data)), lines);
            Assert.Equal(0, code);
        }
    }

    [Fact]
    public void Training_without_libtorch_says_which_package_to_add()
    {
        var (code, lines) = Consumer.Run("train");

        Assert.Equal(1, code);
        Assert.Contains(lines, l => l.StartsWith("InvalidOperationException: Training needs libtorch, which could not be loaded:", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Contains("dotnet add package TorchSharp-cpu", StringComparison.Ordinal));
    }

    [Fact]
    public void A_diagnosis_without_libtorch_is_no_failure_and_says_which_package_to_add()
    {
        var (code, lines) = Consumer.Run("diagnose");

        Assert.Equal(0, code);
        Assert.Contains(lines, l => l.StartsWith("libtorch", StringComparison.Ordinal) && l.EndsWith("cannot be loaded", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("→ Training needs libtorch", StringComparison.Ordinal) && l.Contains("dotnet add package TorchSharp-cpu", StringComparison.Ordinal));
    }

    [Fact]
    public void A_chain_before_and_after_the_network_comes_back()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml);
        var model = ml.Transforms.NormalizeMinMax("Features").Append(Trainer(ml)).Append(ml.Transforms.CopyColumns("Price", "Score")).Fit(data);

        ml.Model.Save(model, data.Schema, folder.File("model.zip"));
        var loaded = new MLContext().Model.Load(folder.File("model.zip"), out _);

        Assert.Equal(Column(model.Transform(data), "Price"), Column(loaded.Transform(data), "Price"));
    }

    [Fact]
    public void Two_networks_in_one_chain_come_back()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml);
        var model = Trainer(ml).Append(ml.Transforms.CopyColumns("First", "Score")).Append(Trainer(ml)).Fit(data);

        ml.Model.Save(model, data.Schema, folder.File("model.zip"));
        var loaded = new MLContext().Model.Load(folder.File("model.zip"), out _);

        Assert.Equal(Column(model.Transform(data), "First"), Column(loaded.Transform(data), "First"));
        Assert.Equal(Column(model.Transform(data), "Score"), Column(loaded.Transform(data), "Score"));
        Assert.NotEqual(Column(model.Transform(data), "First"), Column(model.Transform(data), "Score"));
    }

    [Fact]
    public void Damage_to_the_network_inside_a_model_file_is_a_format_error_at_its_root()
    {
        using var folder = new TemporaryFolder();
        var (file, entry) = Saved(folder);
        var original = Contents(file, entry);
        // Well inside the network, behind ML.NET's own header.
        foreach (var at in new[] { original.Length / 4, original.Length / 2, 3 * original.Length / 4 })
        {
            var damaged = (byte[])original.Clone();
            damaged[at] ^= 0x10;
            Replace(file, entry, damaged);

            var error = Assert.ThrowsAny<Exception>(() => new MLContext().Model.Load(file, out _));

            Assert.Contains("The saved network is damaged: ", Assert.IsType<FormatException>(error.GetBaseException()).Message);
        }
    }

    [Fact]
    public void A_truncated_model_file_is_an_error_and_no_crash()
    {
        using var folder = new TemporaryFolder();
        var (file, _) = Saved(folder);
        var bytes = File.ReadAllBytes(file);
        for (var i = 0; i < 40; i++)
        {
            File.WriteAllBytes(file, bytes[..(bytes.Length * i / 40)]);

            var error = Assert.ThrowsAny<Exception>(() => new MLContext().Model.Load(file, out _));

            Assert.True(error is FormatException or InvalidDataException, error.ToString());
        }
    }

    [Fact]
    public void A_model_file_is_read_by_several_contexts_at_once()
    {
        using var folder = new TemporaryFolder();
        var (file, _) = Saved(folder);
        var data = Examples.View(new MLContext());
        var expected = Column(new MLContext().Model.Load(file, out _).Transform(data), "Score");

        var all = new float[6][];
        Parallel.For(0, all.Length, i => all[i] = Column(new MLContext().Model.Load(file, out _).Transform(data), "Score"));

        Assert.All(all, a => Assert.Equal(expected, a));
    }

    private static IEnumerable<(string Name, IEstimator<ITransformer> Pipeline)> Pipelines(MLContext ml)
    {
        yield return ("regression.zip", ml.Transforms.NormalizeMinMax("Features").Append(ml.Regression.Trainers.NeuralNetwork("Number", maximumNumberOfEpochs: 2)));
        yield return ("binary.zip", ml.BinaryClassification.Trainers.NeuralNetwork("Flag", maximumNumberOfEpochs: 2));
        yield return ("multiclass.zip", ml.Transforms.Conversion.MapValueToKey("Label", "KindName")
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(maximumNumberOfEpochs: 2))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")));
    }

    private static NeuralNetworkRegressionTrainer Trainer(MLContext ml) =>
        ml.Regression.Trainers.NeuralNetwork("Number", network: Network.Mlp(8), maximumNumberOfEpochs: 2);

    private static (string File, string Entry) Saved(TemporaryFolder folder)
    {
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml);
        var model = ml.Transforms.NormalizeMinMax("Features").Append(Trainer(ml)).Fit(data);
        var file = folder.File("model.zip");
        ml.Model.Save(model, data.Schema, file);
        using var zip = ZipFile.OpenRead(file);
        return (file, zip.Entries.Single(e => e.FullName.Contains("Transform_001", StringComparison.Ordinal) && e.Name == "Model.key").FullName);
    }

    private static byte[] Contents(string file, string entry)
    {
        using var zip = ZipFile.OpenRead(file);
        using var stream = zip.GetEntry(entry)!.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    private static void Replace(string file, string entry, byte[] contents)
    {
        using var zip = ZipFile.Open(file, ZipArchiveMode.Update);
        zip.GetEntry(entry)!.Delete();
        using var stream = zip.CreateEntry(entry).Open();
        stream.Write(contents);
    }

    private static float[] Column(IDataView view, string name) => [.. view.GetColumn<float>(name)];
}
