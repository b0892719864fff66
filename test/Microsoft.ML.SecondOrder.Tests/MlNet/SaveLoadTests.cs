using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Tests.Support;

namespace Microsoft.ML.SecondOrder.Tests.MlNet;

/// <summary>Model files: what is in them, what loads, what is refused.</summary>
public sealed class SaveLoadTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _data;

    public SaveLoadTests() => _data = Clusters.View(_ml, 30);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_chain_is_a_folder_with_a_numbered_folder_for_each_transformer()
    {
        var names = Entries(Save(Multiclass().Fit(_data)));

        Assert.Contains("TrainingInfo/Version.txt", names);
        Assert.Contains("TransformerChain/Model.key", names);
        for (var i = 0; i < 4; i++) Assert.Contains($"TransformerChain/Transform_{i:000}/Model.key", names);
        Assert.DoesNotContain("TransformerChain/Transform_004/Model.key", names);
        Assert.Contains("Schema", names);
    }

    [Fact]
    public void A_single_transformer_takes_the_place_of_the_chain()
    {
        var path = Save(_ml.Transforms.NormalizeMinMax("Size").Fit(_data));

        var loaded = _ml.Model.Load(path, out _);

        Assert.Contains("TransformerChain/Model.key", Entries(path));
        Assert.IsType<Transforms.NormalizingTransformer>(loaded);
    }

    [Fact]
    public void A_header_names_the_model_the_loader_and_its_assembly()
    {
        using var zip = ZipFile.OpenRead(Save(Multiclass().Fit(_data)));
        using var bytes = new MemoryStream();
        using (var stream = zip.GetEntry("TransformerChain/Model.key")!.Open()) stream.CopyTo(bytes);
        var header = bytes.ToArray();

        Assert.Equal("ML\0MODEL", Encoding.ASCII.GetString(header, 0, 8));
        Assert.Equal("LEDOM\0LM", Encoding.ASCII.GetString(header, header.Length - 8, 8));
        Assert.True(header.AsSpan().IndexOf("TransformerChain"u8) > 0);
        Assert.True(header.AsSpan().IndexOf(Encoding.Unicode.GetBytes("Microsoft.ML.Data, Version=1.0.0.0")) > 0);
    }

    [Fact]
    public void The_input_schema_travels_with_the_model()
    {
        _ml.Model.Load(Save(Multiclass().Fit(_data)), out var schema);

        Assert.Equal(_data.Schema.Select(c => (c.Name, c.Type)), schema.Select(c => (c.Name, c.Type)));
    }

    [Fact]
    public void Without_a_schema_none_comes_back()
    {
        var path = _folder.File("no-schema.zip");
        _ml.Model.Save(Multiclass().Fit(_data), null, path);

        _ml.Model.Load(path, out var schema);

        Assert.Null(schema);
        Assert.DoesNotContain("Schema", Entries(path));
    }

    [Fact]
    public void A_stream_stays_open()
    {
        using var stream = new MemoryStream();
        _ml.Model.Save(Multiclass().Fit(_data), _data.Schema, stream);
        stream.Position = 0;

        var loaded = _ml.Model.Load(stream, out _);

        Assert.True(stream.CanRead);
        Assert.Equal(30, loaded.Transform(_data).Count());
    }

    [Fact]
    public void Unknown_entries_of_the_file_are_ignored()
    {
        var path = Save(Multiclass().Fit(_data));
        using (var zip = ZipFile.Open(path, ZipArchiveMode.Update))
        using (var writer = new StreamWriter(zip.CreateEntry("SecondOrder/000.bin").Open()))
            writer.Write("anything");

        Assert.NotNull(_ml.Model.Load(path, out _));
    }

    [Fact]
    public void A_loaded_chain_is_a_chain_of_transformers()
    {
        var loaded = Assert.IsType<TransformerChain<ITransformer>>(_ml.Model.Load(Save(Multiclass().Fit(_data)), out _));

        Assert.Equal(4, loaded.Count());
        Assert.IsType<ISingleFeaturePredictionTransformer<object>>(loaded.LastTransformer, exactMatch: false);
    }

    [Fact]
    public void Another_process_scores_bit_for_bit_the_same()
    {
        IEstimator<ITransformer>[] pipelines = [Multiclass(), Binary(), Regression()];
        var models = pipelines.Select(p => p.Fit(_data)).ToArray();

        var answer = SecondProcess.Run(Child, [.. models.Select(Save)]);

        Assert.Equal(string.Join('\n', models.Select(Bits)), answer);
    }

    [Fact(Explicit = true)]
    public void Child()
        => SecondProcess.Answer(string.Join('\n', SecondProcess.Arguments.Select(path => Bits(_ml.Model.Load(path, out _)))));

    [Fact]
    public void A_data_loader_travels_with_the_model()
    {
        var text = _folder.File("rows.tsv");
        File.WriteAllText(text, "1\t2\t3\n4\t5\t9\n");
        var loader = _ml.Data.CreateTextLoader([new TextLoader.Column("Y", DataKind.Single, 0), new TextLoader.Column("X", DataKind.Single, 1, 2)]);
        var model = _ml.Transforms.NormalizeMinMax("X").Fit(loader.Load(text));
        var path = _folder.File("with-loader.zip");
        _ml.Model.Save(model, loader, path);

        var loaded = _ml.Model.LoadWithDataLoader(path, out var loadedLoader);

        var scaled = loaded.Transform(loadedLoader.Load(new MultiFileSource(text))).Vectors("X");
        Assert.Equal([[0.4f, 1f / 3], [1, 1]], scaled);
        _ml.Model.Load(path, out var schema);
        Assert.Equal(["Y", "X"], schema.Names());
    }

    [Fact]
    public void A_model_without_a_loader_says_so()
    {
        var path = Save(Multiclass().Fit(_data));

        var error = Assert.Throws<InvalidOperationException>(() => _ml.Model.LoadWithDataLoader(path, out _));

        Assert.Contains("Model does not contain an IDataLoader", error.Message);
    }

    [Fact]
    public void A_missing_file_is_not_found()
        => Assert.Throws<FileNotFoundException>(() => _ml.Model.Load(_folder.File("none.zip"), out _));

    [Fact]
    public void A_file_that_is_no_archive_is_refused()
    {
        var path = _folder.File("text.zip");
        File.WriteAllText(path, "this is no archive");

        Assert.Throws<FormatException>(() => _ml.Model.Load(path, out _));
    }

    [Fact]
    public void A_truncated_file_is_refused()
    {
        var path = Save(Multiclass().Fit(_data));
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);

        Assert.Throws<FormatException>(() => _ml.Model.Load(path, out _));
    }

    private IEstimator<ITransformer> Multiclass()
        => _ml.Transforms.Conversion.MapValueToKey("Label", "Species")
            .Append(_ml.Transforms.Concatenate("Features", "Size", "Number"))
            .Append(_ml.Transforms.NormalizeMinMax("Features"))
            .Append(_ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy());

    private IEstimator<ITransformer> Binary()
        => _ml.Transforms.Categorical.OneHotEncoding("Kind", "Species")
            .Append(_ml.Transforms.Concatenate("Features", "Kind", "Size"))
            .Append(_ml.Transforms.NormalizeMeanVariance("Features"))
            .Append(_ml.BinaryClassification.Trainers.LbfgsLogisticRegression("IsRose"));

    private IEstimator<ITransformer> Regression()
        => _ml.Transforms.ReplaceMissingValues("Features", "Size")
            .Append(_ml.Regression.Trainers.Sdca("Target", maximumNumberOfIterations: 5));

    private string Save(ITransformer model)
    {
        var path = _folder.File(Path.GetRandomFileName());
        _ml.Model.Save(model, _data.Schema, path);
        return path;
    }

    private string Bits(ITransformer model)
    {
        var scored = model.Transform(_data);
        var values = scored.Schema["Score"].Type is VectorDataViewType ? scored.Vectors("Score").SelectMany(v => v) : scored.Column<float>("Score");
        return JsonSerializer.Serialize(values.Select(BitConverter.SingleToInt32Bits));
    }

    private static string[] Entries(string path)
    {
        using var zip = ZipFile.OpenRead(path);
        return [.. zip.Entries.Select(e => e.FullName)];
    }
}
