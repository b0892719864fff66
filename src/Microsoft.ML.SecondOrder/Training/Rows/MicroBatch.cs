using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>A part of a batch on the device. Its tensors belong to the dispose scope in which it was made.</summary>
/// <param name="Inputs">[B, I]</param>
/// <param name="Targets">[B, T], or [B] for classes.</param>
/// <param name="Weights">[B]; null where every row counts once.</param>
/// <param name="First">Its first row in the batch.</param>
/// <param name="Rows">B.</param>
/// <param name="Share">Its part of the batch's weight: what its mean loss is multiplied by in that of the batch.</param>
internal readonly record struct MicroBatch(Tensor Inputs, Tensor Targets, Tensor? Weights, int First, int Rows, double Share);
