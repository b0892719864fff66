using Microsoft.ML.SecondOrder.Optimizers;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>
/// Watches a training and changes its settings, such as the decay of a layer's group. What it does must depend on its state and
/// on what it is shown alone, so that a training that was interrupted goes on to the same bits.
/// </summary>
internal interface ITrainingTuner
{
    /// <summary>Called after each step that was not undone.</summary>
    /// <param name="step">Its number, from 0.</param>
    /// <param name="loss">The batch's mean loss before it.</param>
    /// <param name="network">With the weights after it.</param>
    /// <param name="optimizer">With the curvature that it used.</param>
    void AfterStep(long step, double loss, nn.Module<Tensor, Tensor> network, SecondOrderOptimizer optimizer);
}
