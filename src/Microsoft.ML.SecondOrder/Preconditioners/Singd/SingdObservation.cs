using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>H_K and H_C of the micro-batches of one step so far. Owns them once kept.</summary>
internal sealed class SingdObservation : IDisposable
{
    private long _rows;
    private double _outputScale;

    private SingdObservation(StructuredMatrix inputs, StructuredMatrix outputs, long rows, double outputScale)
    {
        Inputs = inputs;
        Outputs = outputs;
        _rows = rows;
        _outputScale = outputScale;
    }

    /// <summary>H_K = Π(Kᵀ aᵀ a K) / N.</summary>
    public StructuredMatrix Inputs { get; }

    /// <summary>H_C = s Π(Cᵀ gᵀ g C), where s undoes the averaging of the loss.</summary>
    public StructuredMatrix Outputs { get; }

    public static SingdObservation Of(LayerSample sample, StructuredMatrix k, StructuredMatrix c, LossAverage average)
    {
        var rows = sample.Inputs.shape[0];
        double outputScale = average switch
        {
            LossAverage.Batch => sample.Batch,
            LossAverage.BatchAndPositions => sample.Batch * (double)sample.Positions,
            _ => 1,
        };

        return new SingdObservation(
            Gram(k, sample.Inputs, 1.0 / rows),
            Gram(c, sample.OutputGradients, outputScale),
            rows,
            outputScale);
    }

    /// <summary>Adds another micro-batch.</summary>
    public void Add(SingdObservation other, SingdOptions options)
    {
        if (options.MicroBatches == MicroBatches.Summed)
        {
            Inputs.Add(other.Inputs);
            Outputs.Add(other.Outputs);
            return;
        }

        // H_K is a mean over rows; H_C is a sum of outer products times a factor that grows with the batch.
        var rows = _rows + other._rows;
        var outputScale = options.LossAverage == LossAverage.None ? 1 : _outputScale + other._outputScale;
        Inputs.Scale(_rows / (double)rows);
        Inputs.Add(other.Inputs, other._rows / (double)rows);
        Outputs.Scale(outputScale / _outputScale);
        Outputs.Add(other.Outputs, outputScale / other._outputScale);
        (_rows, _outputScale) = (rows, outputScale);
    }

    /// <summary>Takes the numbers out of the dispose scope.</summary>
    public SingdObservation Keep()
    {
        Inputs.Keep();
        Outputs.Keep();
        return this;
    }

    public void Dispose()
    {
        Inputs.Dispose();
        Outputs.Dispose();
    }

    /// <summary>scale · Π(Sᵀ xᵀ x S) of rows x.</summary>
    private static StructuredMatrix Gram(StructuredMatrix factor, Tensor rows, double scale)
    {
        // Scaled before the product where that are fewer numbers, and in low precision, where it neither overflows nor loses small entries.
        if (rows.numel() < factor.StoredNumbers || factor.Type is not (ScalarType.Float32 or ScalarType.Float64))
        {
            return factor.Gram(rows.to(factor.Type).Times(Math.Sqrt(scale)).t());
        }

        var gram = factor.Gram(rows.to(factor.Type).t());
        gram.Scale(scale);
        return gram;
    }
}
