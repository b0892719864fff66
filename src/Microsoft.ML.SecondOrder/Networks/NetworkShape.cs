using System.Collections.Immutable;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>What the data asks of a network.</summary>
/// <param name="Inputs">Number of input features, at least 1.</param>
/// <param name="Outputs">Number of outputs, at least 1: targets for regression, 1 for two classes, the number of classes otherwise.</param>
public sealed record NetworkShape(int Inputs, int Outputs)
{
    /// <summary>
    /// What stands where among the inputs, from the first to the last; the sizes add up to <see cref="Inputs"/>. Default: all
    /// are numbers.
    /// </summary>
    public ImmutableArray<InputSegment> Segments { get; init; } = [InputSegment.Numbers("Features", Inputs)];

    /// <inheritdoc/>
    public bool Equals(NetworkShape? other) =>
        other is not null && Inputs == other.Inputs && Outputs == other.Outputs && Segments.AsSpan().SequenceEqual(other.Segments.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Inputs, Outputs, Segments.Length);
}
