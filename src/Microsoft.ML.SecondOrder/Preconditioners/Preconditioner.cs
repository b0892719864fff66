using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>Turns the gradient of one part of a model into a better direction. Owns its state; all calls run without gradient tracking.</summary>
public abstract class Preconditioner : IDisposable
{
    /// <summary>What takes the place of a damping of 0 that has to be raised.</summary>
    private const double LeastDamping = 1e-6;

    private protected Preconditioner()
    {
    }

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

    /// <summary>Why this method was chosen, to follow "because"; null where the user chose it.</summary>
    internal string? Reason { get; set; }

    /// <summary>Forgets what was observed since the last step.</summary>
    internal virtual void Discard()
    {
    }

    /// <summary>
    /// What the method's damping is multiplied by: 1 as it was set. Schedules change it from step to step, and a training that lost
    /// its way raises it. A method takes its damping through <see cref="Damped"/> whenever it uses it. A setting, no state.
    /// </summary>
    internal double DampingFactor { get; set; } = 1;

    /// <summary>The damping that the method uses now; null where it has none.</summary>
    internal virtual double? EffectiveDamping => null;

    /// <summary>Computes anew, at once, what the state holds that was computed with an earlier damping, such as inverses.</summary>
    internal virtual void RenewDamping()
    {
    }

    /// <summary>λ with the factor of now; a λ of 0 becomes a small one where the factor is above 1.</summary>
    private protected double Damped(double damping) =>
        damping > 0 ? damping * DampingFactor : LeastDamping * Math.Max(0, DampingFactor - 1);

    /// <inheritdoc/>
    public abstract void Dispose();
}
