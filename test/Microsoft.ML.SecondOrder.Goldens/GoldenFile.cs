using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Goldens;

/// <summary>A file of reference numbers.</summary>
internal sealed class GoldenFile(string path, JsonDocument document) : IDisposable
{
    public JsonElement Root => document.RootElement;

    /// <summary>What kind of file it is; files of single methods do not say.</summary>
    public string Format => Root.Find("format")?.GetString() ?? "method";

    public static GoldenFile Open(string path) => new(path, JsonDocument.Parse(File.ReadAllBytes(path)));

    /// <summary>The problem that the file refers to, in the folder <c>problems</c> beside the file's folder.</summary>
    public GoldenFile OpenProblem() => Open(Path.Combine(
        Path.GetDirectoryName(Path.GetFullPath(path))!, "..", "problems", Root.GetProperty("problem").GetString() + ".json"));

    public Comparison NewComparison()
    {
        var tolerance = Root.GetProperty("tolerance");
        return new Comparison(tolerance.GetProperty("rtol").GetDouble(), tolerance.GetProperty("atol").GetDouble());
    }

    public void Dispose() => document.Dispose();
}

/// <summary>Reading of the values in a file.</summary>
internal static class GoldenJson
{
    public static Tensor ToTensor(this JsonElement element, ScalarType? floatType = null)
    {
        var shape = element.GetProperty("shape").EnumerateArray().Select(e => e.GetInt64()).ToArray();
        if (element.TryGetProperty("dtype", out var type) && type.GetString() == "int64")
        {
            return tensor(element.GetProperty("data").EnumerateArray().Select(e => e.GetInt64()).ToArray()).reshape(shape);
        }

        var data = element.GetProperty("data").EnumerateArray().Select(e => e.GetDouble()).ToArray();
        return tensor(data).reshape(shape).to(floatType ?? float64);
    }

    public static JsonElement? Find(this JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public static double Number(this JsonElement element, string name) => element.GetProperty(name).GetDouble();

    public static int Integer(this JsonElement element, string name) => element.GetProperty(name).GetInt32();

    public static bool Flag(this JsonElement element, string name) => element.GetProperty(name).GetBoolean();

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    public static long[] Sizes(this JsonElement element, string name) =>
        [.. element.GetProperty(name).EnumerateArray().Select(e => e.GetInt64())];

    /// <summary>Nested lists of numbers, or one number, in double.</summary>
    public static Tensor Numbers(this JsonElement element)
    {
        var shape = new List<long>();
        for (var part = element; part.ValueKind == JsonValueKind.Array; part = part[0])
        {
            shape.Add(part.GetArrayLength());
        }

        return tensor(Flat(element).ToArray()).reshape([.. shape]);
    }

    public static Tensor Numbers(this JsonElement element, string name) => element.GetProperty(name).Numbers();

    private static IEnumerable<double> Flat(JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray().SelectMany(Flat) : [element.GetDouble()];
}
