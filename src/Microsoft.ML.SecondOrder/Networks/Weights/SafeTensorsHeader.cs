using System.Collections.Immutable;
using System.Text.Json;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Unique in the file.</param>
/// <param name="Type">For example F32.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Start">First byte, from the end of the header.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="ItemBytes">The size of a number.</param>
internal sealed record SafeTensorsEntry(string Name, string Type, ImmutableArray<long> Shape, long Start, long Bytes, int ItemBytes);

/// <summary>The header of a safetensors file: names, types, shapes and places of its tensors as JSON.</summary>
internal static class SafeTensorsHeader
{
    private const string Metadata = "__metadata__";

    /// <summary>The tensors in the order of their bytes, which follow each other without gap or overlap and fill the file.</summary>
    /// <param name="json">The header.</param>
    /// <param name="bytes">How many bytes follow it.</param>
    /// <exception cref="FormatException">The header is not such a list.</exception>
    public static IReadOnlyList<SafeTensorsEntry> Read(ReadOnlyMemory<byte> json, long bytes)
    {
        using var document = Parse(json);
        var entries = document.RootElement.EnumerateObject().Where(p => p.Name != Metadata).Select(Entry).OrderBy(e => e.Start).ToList();
        if (entries.DistinctBy(e => e.Name).Count() < entries.Count)
        {
            throw SafeTensors.Damaged("it lists a tensor twice");
        }

        var end = 0L;
        foreach (var entry in entries)
        {
            if (entry.Start != end)
            {
                throw SafeTensors.Damaged($"'{entry.Name}' begins at byte {entry.Start} and not where the one before it ends, at {end}");
            }

            end = entry.Start + entry.Bytes;
        }

        return end == bytes ? entries : throw SafeTensors.Damaged($"its tensors take {end} bytes, but {bytes} follow the header");
    }

    public static byte[] Write(IReadOnlyList<NamedWeights> weights)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            var start = 0L;
            foreach (var (name, shape, values) in weights)
            {
                writer.WriteStartObject(name);
                writer.WriteString("dtype", "F32");
                WriteNumbers(writer, "shape", shape);
                WriteNumbers(writer, "data_offsets", [start, start += values.LongLength * sizeof(float)]);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        while (json.Length % 8 != 0)
        {
            json.WriteByte((byte)' '); // aligns the numbers
        }

        return json.ToArray();
    }

    private static void WriteNumbers(Utf8JsonWriter writer, string name, ImmutableArray<long> numbers)
    {
        writer.WriteStartArray(name);
        foreach (var number in numbers)
        {
            writer.WriteNumberValue(number);
        }

        writer.WriteEndArray();
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document : throw SafeTensors.Damaged("its header is no JSON object");
        }
        catch (JsonException error)
        {
            throw SafeTensors.Damaged("its header is no JSON", error);
        }
    }

    private static SafeTensorsEntry Entry(JsonProperty property)
    {
        try
        {
            var shape = property.Value.GetProperty("shape").EnumerateArray().Select(Whole).ToImmutableArray();
            var places = property.Value.GetProperty("data_offsets").EnumerateArray().Select(Whole).ToArray();
            var type = property.Value.GetProperty("dtype").GetString() ?? "";
            var itemBytes = ItemBytes(type);
            var bytes = shape.Aggregate((long)itemBytes, (product, d) => d >= 0 ? checked(product * d) : throw new OverflowException("A dimension is negative."));
            return places.Length == 2 && places[0] >= 0 && places[1] - places[0] == bytes && bytes <= Array.MaxLength
                ? new SafeTensorsEntry(property.Name, type, shape, places[0], bytes, itemBytes)
                : throw SafeTensors.Damaged($"'{property.Name}' of shape [{string.Join(", ", shape)}] and type {type} does not fit its place, {string.Join(" to ", places)}");
        }
        catch (Exception error) when (error is KeyNotFoundException or InvalidOperationException or OverflowException)
        {
            throw SafeTensors.Damaged($"what it says of '{property.Name}' is no type, shape and place", error);
        }
    }

    private static long Whole(JsonElement element) =>
        element.TryGetInt64(out var number) ? number : throw new OverflowException($"{element} is no whole number of 64 bits.");

    private static int ItemBytes(string type) => type switch
    {
        "F64" or "I64" or "U64" => 8,
        "F32" or "I32" or "U32" => 4,
        "F16" or "BF16" or "I16" or "U16" => 2,
        "I8" or "U8" or "BOOL" or "F8_E4M3" or "F8_E5M2" => 1,
        _ => throw new KeyNotFoundException($"Unknown type '{type}'."),
    };
}
