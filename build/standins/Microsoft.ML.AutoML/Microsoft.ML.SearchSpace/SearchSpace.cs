using System.Collections;
using System.Reflection;
using Microsoft.ML.SearchSpace.Option;

namespace Microsoft.ML.SearchSpace;

/// <summary>Options by name, in the order of their names.</summary>
public class SearchSpace : OptionBase, IDictionary<string, OptionBase>
{
    private readonly Dictionary<string, OptionBase> _options;
    private readonly Parameter _defaultOption;

    public SearchSpace() => _options = [];

    protected SearchSpace(Type typeInfo, Parameter defaultOption = null) => (_options, _defaultOption) = (Options(typeInfo), defaultOption);

    public override double[] Default => [.. Ordered.SelectMany(o => o.Value.Default)];

    public override int FeatureSpaceDim => _options.Values.Sum(o => o.FeatureSpaceDim);

    public override int?[] Step => [.. Ordered.SelectMany(o => o.Value.Step)];

    public ICollection<string> Keys => _options.Keys;

    public ICollection<OptionBase> Values => _options.Values;

    public int Count => _options.Count;

    public bool IsReadOnly => false;

    private IEnumerable<KeyValuePair<string, OptionBase>> Ordered => _options.OrderBy(o => o.Key);

    private ICollection<KeyValuePair<string, OptionBase>> Pairs => _options;

    public OptionBase this[string key]
    {
        get => _options[key];
        set => _options[key] = value;
    }

    /// <summary>What the default option says of other properties is kept.</summary>
    public override Parameter SampleFromFeatureSpace(double[] feature)
    {
        var sampled = Parameter.CreateNestedParameter();
        var at = 0;
        foreach (var (key, option) in Ordered)
        {
            sampled[key] = option.SampleFromFeatureSpace(feature[at..(at + option.FeatureSpaceDim)]);
            at += option.FeatureSpaceDim;
        }

        return _defaultOption is null ? sampled : Merged(_defaultOption, sampled);
    }

    public override double[] MappingToFeatureSpace(Parameter parameter) => [.. Ordered.SelectMany(o => o.Value.MappingToFeatureSpace(parameter[o.Key]))];

    /// <summary>The same in every process.</summary>
    public override int GetHashCode()
    {
        var text = SampleFromFeatureSpace([.. Enumerable.Repeat(0.5, FeatureSpaceDim)]).ToString();
        return (int)(text.Aggregate(31u, (hash, c) => (hash << 5) + hash ^ c) >> 1);
    }

    public void Add(string key, OptionBase value) => _options.Add(key, value);

    public void Add(KeyValuePair<string, OptionBase> item) => Pairs.Add(item);

    public void Clear() => _options.Clear();

    public bool Contains(KeyValuePair<string, OptionBase> item) => Pairs.Contains(item);

    public bool ContainsKey(string key) => _options.ContainsKey(key);

    public void CopyTo(KeyValuePair<string, OptionBase>[] array, int arrayIndex) => Pairs.CopyTo(array, arrayIndex);

    public bool Remove(string key) => _options.Remove(key);

    public bool Remove(KeyValuePair<string, OptionBase> item) => Pairs.Remove(item);

    public bool TryGetValue(string key, out OptionBase value) => _options.TryGetValue(key, out value);

    public IEnumerator<KeyValuePair<string, OptionBase>> GetEnumerator() => _options.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static Parameter Merged(Parameter left, Parameter right)
    {
        if (left?.ParameterType != ParameterType.Object || right?.ParameterType != ParameterType.Object)
        {
            return right ?? left;
        }

        var merged = Parameter.CreateNestedParameter();
        foreach (var key in left.Keys.Union(right.Keys))
        {
            left.TryGetValue(key, out var first);
            right.TryGetValue(key, out var second);
            merged[key] = Merged(first, second);
        }

        return merged;
    }

    private static Dictionary<string, OptionBase> Options(Type type)
    {
        const BindingFlags Any = BindingFlags.Public | BindingFlags.Instance;
        var members = type.GetFields(Any).Select(f => (f.Name, Member: (MemberInfo)f, Type: f.FieldType))
            .Concat(type.GetProperties(Any).Select(p => (p.Name, Member: (MemberInfo)p, Type: p.PropertyType)));
        return members.Select(m => (m.Name, Option: Of(m.Member, m.Type))).Where(m => m.Option is not null).ToDictionary(m => m.Name, m => m.Option);
    }

    private static OptionBase Of(MemberInfo member, Type type) => member.GetCustomAttributes(false).Select(a => a switch
    {
        ChoiceAttribute choice => new ChoiceOption(choice.Candidates, choice.DefaultValue),
        BooleanChoiceAttribute choice => new ChoiceOption([true, false], choice.DefaultValue),
        RangeAttribute { Min: double min, Max: double max } range => new UniformDoubleOption(min, max, range.LogBase, (double?)range.Init),
        RangeAttribute { Min: int min, Max: int max } range => new UniformIntOption(min, max, range.LogBase, (int?)range.Init),
        RangeAttribute { Min: float min, Max: float max } range => new UniformSingleOption(min, max, range.LogBase, (float?)range.Init),
        NestOptionAttribute => Nested(type),
        _ => (OptionBase)null,
    }).FirstOrDefault(o => o is not null);

    private static SearchSpace Nested(Type type)
    {
        var space = new SearchSpace();
        foreach (var (key, option) in Options(type))
        {
            space[key] = option;
        }

        return space;
    }
}
