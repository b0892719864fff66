using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.ML.SearchSpace;

/// <summary>A parameter is written as the value that it holds.</summary>
internal sealed class ParameterConverter : JsonConverter<Parameter>
{
    public override Parameter Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Of(JsonElement.ParseValue(ref reader));

    public override void Write(Utf8JsonWriter writer, Parameter value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value.Value, options);

    private static Parameter Of(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => Parameter.CreateNestedParameter([.. element.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, Of(p.Value)))]),
        JsonValueKind.Array => Parameter.FromIEnumerable(element.EnumerateArray().Select(Of).ToList()),
        JsonValueKind.String => Parameter.FromString(element.GetString()),
        JsonValueKind.Number => element.TryGetInt64(out var whole) ? Parameter.FromLong(whole) : Parameter.FromDouble(element.GetDouble()),
        JsonValueKind.True or JsonValueKind.False => Parameter.FromBool(element.GetBoolean()),
        _ => null,
    };
}
