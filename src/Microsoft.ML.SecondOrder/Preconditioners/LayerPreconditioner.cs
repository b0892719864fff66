using Microsoft.ML.SecondOrder.Curvature;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>Turns the gradient of one layer's joint weight [W b] into a better direction, from what the layer saw.</summary>
public abstract class LayerPreconditioner : Preconditioner
{
    private protected LayerPreconditioner(LayerShape shape) => Shape = shape;

    /// <summary>The layer it works for.</summary>
    public LayerShape Shape { get; }

    /// <summary>Whether the passes before step number <paramref name="step"/> (from 0) are to be observed.</summary>
    internal abstract bool Observes(long step);

    /// <summary>Takes in what the layer saw in one pass; several passes before a step are micro-batches of one batch. Borrows the sample.</summary>
    internal abstract void Observe(LayerSample sample);

    /// <summary>Updates the state from what was observed, if anything was.</summary>
    /// <param name="step">The number of the step, from 0.</param>
    /// <param name="gradientScale">The factor by which the observed gradients are too large.</param>
    internal abstract void Refresh(long step, double gradientScale);

    /// <summary>The preconditioned gradient.</summary>
    /// <param name="gradient">The gradient of the joint weight: [O, I].</param>
    /// <returns>[O, I], of the gradient's type.</returns>
    internal abstract Tensor Precondition(Tensor gradient);

    /// <summary>Whether a gradient of so many rows is cheaper to precondition row by row, by <see cref="PreconditionRows"/>.</summary>
    /// <param name="rows">N.</param>
    internal virtual bool PrefersRows(long rows) => false;

    /// <summary>L and R with Lᵀ R the preconditioned gradient of G = gᵀ a.</summary>
    /// <param name="gradients">g: [N, O].</param>
    /// <param name="inputs">a: [N, I].</param>
    /// <returns>[N, O] and [N, I], both of one type: the arguments' or a lower one.</returns>
    /// <exception cref="NotSupportedException">The method needs the whole gradient.</exception>
    internal virtual (Tensor Left, Tensor Right) PreconditionRows(Tensor gradients, Tensor inputs) =>
        throw new NotSupportedException($"{GetType().Name} preconditions whole gradients only.");

    /// <summary>How large the curvature is that the method keeps: means of the diagonals of A and G; null where it keeps none.</summary>
    internal virtual (double Inputs, double Outputs)? MeanCurvature() => null;

    /// <summary>
    /// Whether the method must see each batch that it observed a second time, after the step: by <see cref="ObserveAgain"/> and
    /// <see cref="RefreshAgain"/>. Its samples carry <see cref="LayerSample.OutputMean"/>.
    /// </summary>
    internal virtual bool NeedsSecondPass => false;

    /// <summary>Takes in what the layer saw when a batch was passed once more after its step. Borrows the sample.</summary>
    internal virtual void ObserveAgain(LayerSample sample)
    {
    }

    /// <summary>Updates the state from what both passes showed.</summary>
    /// <param name="gradientScale">The factor by which the gradients of the second pass are too large.</param>
    internal virtual void RefreshAgain(double gradientScale)
    {
    }

    /// <summary>Whether the method changes its damping by how well its steps did.</summary>
    internal virtual bool AdaptsDamping => false;

    /// <summary>⟨D, F D⟩ of a step D: [O, I] in the curvature F that the method keeps, without damping: a scalar tensor.</summary>
    /// <exception cref="NotSupportedException">The method keeps no curvature that could be asked.</exception>
    internal virtual Tensor CurvatureAlong(Tensor step) => throw new NotSupportedException($"{GetType().Name} keeps no curvature to predict a step with.");

    /// <summary>Changes the damping after a step; see <see cref="DampingRule"/>.</summary>
    internal virtual void AdaptDamping(double before, double after, double promised)
    {
    }
}
