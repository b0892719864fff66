using Microsoft.ML.SecondOrder.Curvature;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>Turns the gradient of one layer into a better direction. Owns its state; all calls run without gradient tracking.</summary>
public abstract class LayerPreconditioner : IDisposable
{
    /// <summary>What takes the place of a damping of 0 that has to be raised.</summary>
    private const double LeastDamping = 1e-6;

    private protected LayerPreconditioner(LayerShape shape) => Shape = shape;

    /// <summary>The layer it works for.</summary>
    public LayerShape Shape { get; }

    /// <summary>The state that lives from step to step, by name: live tensors, not copies.</summary>
    internal abstract IReadOnlyDictionary<string, IReadOnlyList<Tensor>> State { get; }

    /// <summary>Whether the state has all the parts that it will ever have; some come with the first update.</summary>
    internal virtual bool IsStarted => true;

    /// <summary>Makes the state have all its parts, or only those that it begins with.</summary>
    /// <param name="isStarted">What <see cref="IsStarted"/> is to be.</param>
    internal virtual void Prepare(bool isStarted)
    {
    }

    /// <summary>Brings the state into the form of a saved one, where its shapes depend on the batches that were seen.</summary>
    /// <param name="shapes">The saved shapes by the names of <see cref="State"/>; they may be wrong, and are compared afterwards.</param>
    internal virtual void Prepare(IReadOnlyDictionary<string, long[]> shapes)
    {
    }

    /// <summary>Moves the state to another device.</summary>
    internal abstract void To(Device device);

    /// <summary>One line on the representation, for the optimizer's summary.</summary>
    internal abstract string Description { get; }

    /// <summary>Whether the passes before step number <paramref name="step"/> (from 0) are to be observed.</summary>
    internal abstract bool Observes(long step);

    /// <summary>Takes in what the layer saw in one pass; several passes before a step are micro-batches of one batch. Borrows the sample.</summary>
    internal abstract void Observe(LayerSample sample);

    /// <summary>Updates the state from what was observed, if anything was.</summary>
    /// <param name="step">The number of the step, from 0.</param>
    /// <param name="gradientScale">The factor by which the observed gradients are too large.</param>
    internal abstract void Refresh(long step, double gradientScale);

    /// <summary>Forgets what was observed since the last refresh.</summary>
    internal abstract void Discard();

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

    /// <summary>
    /// What the method's damping is multiplied by: 1 as it was set. Schedules change it from step to step, and a training that lost
    /// its way raises it. A method takes its damping through <see cref="Damped"/> whenever it uses it. A setting, no state.
    /// </summary>
    internal double DampingFactor { get; set; } = 1;

    /// <summary>The damping that the method uses now; null where it has none.</summary>
    internal virtual double? EffectiveDamping => null;

    /// <summary>How large the curvature is that the method keeps: means of the diagonals of A and G; null where it keeps none.</summary>
    internal virtual (double Inputs, double Outputs)? MeanCurvature() => null;

    /// <summary>Computes anew, at once, what the state holds that was computed with an earlier damping, such as inverses.</summary>
    internal virtual void RenewDamping()
    {
    }

    /// <summary>λ with the factor of now; a λ of 0 becomes a small one where the factor is above 1.</summary>
    private protected double Damped(double damping) =>
        damping > 0 ? damping * DampingFactor : LeastDamping * Math.Max(0, DampingFactor - 1);

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

    /// <inheritdoc/>
    public abstract void Dispose();
}
