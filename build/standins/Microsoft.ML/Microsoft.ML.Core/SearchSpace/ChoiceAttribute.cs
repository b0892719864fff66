namespace Microsoft.ML.SearchSpace;

/// <summary>One of several values, among which AutoML may choose.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field, Inherited = false, AllowMultiple = false)]
public sealed class ChoiceAttribute : Attribute
{
    public ChoiceAttribute(params object[] candidates) => Candidates = candidates;

    public ChoiceAttribute(object[] candidates, object defaultValue)
        : this(candidates) => DefaultValue = defaultValue;

    public object[] Candidates { get; }

    public object DefaultValue { get; }
}
