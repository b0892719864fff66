using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Scoring;

/// <summary>A trained network, ready to score. Shared by all threads: holds no state but the weights.</summary>
internal sealed class RowScorer(FittedNetwork network)
{
    private readonly Lazy<IManagedForward> _forward = new(() => network.Network.CreateForward(network.Shape, network.Weights));

    public FittedNetwork Network { get; } = network;

    /// <summary>The weights laid out for scoring; made when first asked for.</summary>
    public IManagedForward Forward => _forward.Value;

    /// <summary>The column that the features are read from.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or of another type than in training.</exception>
    public DataViewSchema.Column FeatureColumn(DataViewSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        var (name, type, _) = Network.Features;
        var column = schema.GetColumnOrNull(name) ?? throw ColumnRoles.Missing("feature", name);
        return column.Type.Equals(type) ? column : throw ColumnRoles.Mismatch("feature", name, type.ToString()!, column.Type.ToString()!);
    }

    /// <summary>What the network takes for the features of a row.</summary>
    /// <param name="features">Sparse or dense, as many as the feature column has slots.</param>
    /// <param name="inputs">[I], overwritten; NaN where a feature is.</param>
    public void Prepare(in VBuffer<float> features, Span<float> inputs)
    {
        features.CopyTo(inputs[..Network.Features.Scaling.Features]);
        Network.Features.Scaling.Apply(inputs, inputs);
    }
}
