#nullable enable
namespace Microsoft.ML.SearchSpace.Option;

/// <summary>One of several values.</summary>
public sealed class ChoiceOption : OptionBase
{
    public ChoiceOption(params object[] choices)
    {
        Choices = [.. choices.Select(Parameter.FromObject)];
        Default = new double[FeatureSpaceDim];
    }

    public ChoiceOption(object[] choices, object? defaultChoice)
        : this(choices)
    {
        if (defaultChoice is not null)
        {
            Default = MappingToFeatureSpace(Parameter.FromObject(defaultChoice));
        }
    }

    public Parameter[] Choices { get; }

    public override int FeatureSpaceDim => Choices.Length == 1 ? 0 : 1;

    public override int?[] Step => [Choices.Length];

    public override double[] MappingToFeatureSpace(Parameter param) =>
        FeatureSpaceDim == 0 ? [] : [(double)Array.IndexOf(Choices, param) / Choices.Length];

    /// <summary>In single precision, which brings k/n back to k exactly.</summary>
    public override Parameter SampleFromFeatureSpace(double[] values) =>
        values is [] ? Choices[0] : Choices[Math.Min((int)(float)(values[0] * Choices.Length), Choices.Length - 1)];
}
