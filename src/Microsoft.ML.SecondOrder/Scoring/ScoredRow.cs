using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Scoring;

/// <summary>Inputs and outputs of the network for the row that a cursor stands on: computed when first asked for, once a row.</summary>
internal sealed class ScoredRow
{
    private readonly RowScorer _scorer;
    private readonly DataViewRow _row;
    private readonly FeatureReader _features;
    private readonly float[] _inputs;
    private readonly float[] _outputs;
    private long _prepared = -1;
    private long _scored = -1;
    private long _measured = -1;
    private double _variance;

    public ScoredRow(RowScorer scorer, DataViewRow row)
    {
        (_scorer, _row) = (scorer, row);
        _features = scorer.Network.Features.Columns.Reader(row);
        _inputs = new float[scorer.Network.Shape.Inputs];
        _outputs = new float[scorer.Network.Shape.Outputs];
    }

    /// <summary>[I]</summary>
    public ReadOnlySpan<float> Inputs
    {
        get
        {
            if (_prepared != _row.Position)
            {
                _features(_inputs.AsSpan(0, _scorer.Network.Features.Scaling.Features));
                _scorer.Prepare(_inputs);
                _prepared = _row.Position;
            }

            return _inputs;
        }
    }

    /// <summary>[O]</summary>
    public ReadOnlySpan<float> Outputs
    {
        get
        {
            if (_scored != _row.Position)
            {
                _scorer.Forward.Run(Inputs, _outputs);
                _scored = _row.Position;
            }

            return _outputs;
        }
    }

    /// <summary>What the noise adds to the standard deviation of a label around the output, in the output's unit. For networks with prediction intervals.</summary>
    public double NoiseDeviation => Interval.Scale * Interval.Noise;

    /// <summary>What the uncertainty of the weights adds to it.</summary>
    public double ModelDeviation => Interval.Scale * Math.Sqrt(Variance);

    /// <summary>The standard deviation of the outputs relative to what 95 of 100 training rows stay below. For networks that tell rows far from them.</summary>
    public double Unusualness => Math.Sqrt(Variance / _scorer.Network.Uncertainty!.UsualVariance!.Value);

    private IntervalScale Interval => _scorer.Network.Uncertainty!.Interval!;

    /// <summary>Σ of the variances of the outputs.</summary>
    private double Variance
    {
        get
        {
            if (_measured != _row.Position)
            {
                _variance = _scorer.Variance.Of(Inputs);
                _measured = _row.Position;
            }

            return _variance;
        }
    }
}
