using Microsoft.ML.SecondOrder.Curvature;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>How much the micro-batches of one step showed so far.</summary>
/// <param name="Rows">N, rows of inputs.</param>
/// <param name="Examples">B.</param>
/// <param name="Terms">B·R, examples times positions.</param>
internal readonly record struct ObservedCounts(double Rows, double Examples, double Terms)
{
    /// <summary>R, the positions of an example; 1 where they were summed before.</summary>
    public double Positions => Rows / Examples;

    public ObservedCounts Plus(LayerSample sample) =>
        new(Rows + sample.Inputs.shape[0], Examples + sample.Batch, Terms + (sample.Batch * (double)sample.Positions));

    /// <summary>s, over what the loss was averaged: s Σ gᵀg is the output factor.</summary>
    public double OutputScale(LossAverage average) => average switch
    {
        LossAverage.Batch => Examples,
        LossAverage.BatchAndPositions => Terms,
        _ => 1,
    };
}
