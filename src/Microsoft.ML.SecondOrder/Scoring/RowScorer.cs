using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Scoring;

/// <summary>A trained network, ready to score. Shared by all threads: holds no state but the weights.</summary>
internal sealed class RowScorer(FittedNetwork network)
{
    private readonly Lazy<IManagedForward> _forward = new(() => TemperedForward.Of(
        MarginalForward.Of(network.Network.CreateForward(network.Shape, network.Weights), network), network.Temperature));

    private readonly Lazy<IManagedGradient> _gradient = new(() => TemperedGradient.Of(network.Network.CreateGradient(network.Shape, network.Weights), network.Temperature));

    private readonly Lazy<OutputVariance> _variance = new(() => new OutputVariance(network));

    public FittedNetwork Network { get; } = network;

    /// <summary>For networks whose weights' uncertainty is known.</summary>
    public OutputVariance Variance => _variance.Value;

    /// <summary>The weights laid out for scoring, uncertainty of the weights and temperature included; made when first asked for.</summary>
    public IManagedForward Forward => _forward.Value;

    /// <summary>The derivative, for explanations; made when first asked for.</summary>
    public IManagedGradient Gradient => _gradient.Value;

    /// <summary>Makes sure that a schema has the columns that the features are read from.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is missing or of another type than in training.</exception>
    public void RequireColumns(DataViewSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        foreach (var (name, type, _) in Network.Features.Columns)
        {
            var column = schema.GetColumnOrNull(name) ?? throw ColumnRoles.Missing("feature", name);
            if (!column.Type.Equals(type))
            {
                throw ColumnRoles.Mismatch("feature", name, type.ToString()!, column.Type.ToString()!);
            }
        }
    }

    /// <summary>Turns the features of a row, in place, into what the network takes.</summary>
    /// <param name="inputs">[I], the features first; NaN where a feature is.</param>
    public void Prepare(Span<float> inputs) => Network.Features.Scaling.Apply(inputs[..Network.Features.Scaling.Features], inputs);
}
