#nullable enable
namespace Microsoft.ML.SearchSpace.Option;

/// <summary>What may be varied, as coordinates between 0 and 1.</summary>
public abstract class OptionBase
{
    /// <summary>The number of coordinates.</summary>
    public abstract int FeatureSpaceDim { get; }

    /// <summary>The coordinates of the default.</summary>
    public virtual double[]? Default { get; protected set; }

    /// <summary>Of each coordinate how many values it has; null for any number.</summary>
    public abstract int?[] Step { get; }

    public abstract double[] MappingToFeatureSpace(Parameter value);

    public abstract Parameter SampleFromFeatureSpace(double[] values);
}
