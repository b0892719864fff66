using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.ML.SearchSpace;

/// <summary>A value, or a tree of values, that a search proposes.</summary>
[JsonConverter(typeof(ParameterConverter))]
public sealed class Parameter : IDictionary<string, Parameter>, IEquatable<Parameter>, IEqualityComparer<Parameter>
{
    private static readonly JsonSerializerOptions _json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
    };

    private Parameter(object value, ParameterType type) => (Value, ParameterType) = (value, type);

    public ParameterType ParameterType { get; }

    public int Count => ParameterType == ParameterType.Object ? Branches.Count : 1;

    public bool IsReadOnly => false;

    public ICollection<string> Keys => Branches.Keys;

    ICollection<Parameter> IDictionary<string, Parameter>.Values => Branches.Values;

    internal object Value { get; }

    private Dictionary<string, Parameter> Branches => (Dictionary<string, Parameter>)Value;

    private ICollection<KeyValuePair<string, Parameter>> Pairs => Branches;

    public Parameter this[string key]
    {
        get => Branches[key];
        set => Branches[key] = value;
    }

    public static Parameter FromDouble(double value) => new(value, ParameterType.Number);

    public static Parameter FromFloat(float value) => new(value, ParameterType.Number);

    public static Parameter FromLong(long value) => new(value, ParameterType.Integer);

    public static Parameter FromInt(int value) => new(value, ParameterType.Integer);

    public static Parameter FromString(string value) => new(value, ParameterType.String);

    public static Parameter FromBool(bool value) => new(value, ParameterType.Bool);

    public static Parameter FromEnum<T>(T value)
        where T : struct, Enum => FromString(Enum.GetName(value));

    public static Parameter FromIEnumerable<T>(IEnumerable<T> values) => new(values, ParameterType.Array);

    public static Parameter FromObject<T>(T value)
        where T : class => Of(value, typeof(T));

    public static Parameter CreateNestedParameter(params KeyValuePair<string, Parameter>[] parameters) =>
        new(new Dictionary<string, Parameter>(parameters), ParameterType.Object);

    /// <summary>By way of JSON, unless the value is a T already.</summary>
    public T AsType<T>() => Value is T value ? value : JsonSerializer.Deserialize<T>(JsonSerializer.Serialize(Value, _json), _json);

    public void Add(string key, Parameter value) => Branches.Add(key, value);

    public void Add(KeyValuePair<string, Parameter> item) => Pairs.Add(item);

    public void Clear() => Branches.Clear();

    public bool Contains(KeyValuePair<string, Parameter> item) => Pairs.Contains(item);

    public bool ContainsKey(string key) => Branches.ContainsKey(key);

    public void CopyTo(KeyValuePair<string, Parameter>[] array, int arrayIndex) => Pairs.CopyTo(array, arrayIndex);

    public bool Remove(string key) => Branches.Remove(key);

    public bool Remove(KeyValuePair<string, Parameter> item) => Pairs.Remove(item);

    public bool TryGetValue(string key, out Parameter value) => Branches.TryGetValue(key, out value);

    IEnumerator<KeyValuePair<string, Parameter>> IEnumerable<KeyValuePair<string, Parameter>>.GetEnumerator() => Branches.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => Branches.GetEnumerator();

    public bool Equals(Parameter other) => other is not null && ToString() == other.ToString();

    public bool Equals(Parameter x, Parameter y) => x.GetHashCode() == y.GetHashCode();

    public override int GetHashCode() => ToString().GetHashCode();

    public int GetHashCode(Parameter obj) => obj.GetHashCode();

    public override string ToString() => JsonSerializer.Serialize(this);

    /// <summary>Of an object without a form of its own the properties that can be read and written, as far as they have a value.</summary>
    private static Parameter Of(object value, Type type) => value switch
    {
        int i => FromInt(i),
        long l => FromLong(l),
        double d => FromDouble(d),
        float f => FromFloat(f),
        string s => FromString(s),
        bool b => FromBool(b),
        IEnumerable list => new(list, ParameterType.Array),
        Enum e => FromString(Enum.GetName(e.GetType(), e)),
        _ => CreateNestedParameter([.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.CanRead && p.CanWrite && p.GetValue(value) is not null)
            .Select(p => KeyValuePair.Create(p.Name, Of(p.GetValue(value), p.PropertyType)))
            .Where(p => p.Value.Count != 0)]),
    };
}
