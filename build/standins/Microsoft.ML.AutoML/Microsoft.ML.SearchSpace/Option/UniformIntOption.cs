namespace Microsoft.ML.SearchSpace.Option;

/// <summary>A whole number: what is sampled is rounded down, so that the largest is as good as never sampled.</summary>
public sealed class UniformIntOption : UniformNumericOption
{
    public UniformIntOption(int min, int max, bool logBase = false, int? defaultValue = null)
        : base(min, max, logBase)
    {
        if (defaultValue is { } value)
        {
            Default = MappingToFeatureSpace(Parameter.FromInt(value));
        }
    }

    public override double[] MappingToFeatureSpace(Parameter param) => base.MappingToFeatureSpace(Parameter.FromDouble(param.AsType<int>()));

    public override Parameter SampleFromFeatureSpace(double[] values) => Parameter.FromInt((int)Math.Floor(base.SampleFromFeatureSpace(values).AsType<double>()));
}
