using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>A Kronecker factor M, a running average of outer products of rows, and the means to apply (M + λI)⁻¹. Owns its tensors.</summary>
internal abstract class CurvatureFactor(FactorShape shape) : IDisposable
{
    /// <summary>Least damping: a factor that saw nothing but zeros has no scale.</summary>
    private const double Smallest = 1e-24;

    public FactorShape Shape { get; } = shape;

    /// <summary>What the inverse is applied by; empty before the first <see cref="Invert"/>.</summary>
    public NamedTensors Inverse { get; } = new();

    /// <summary>What else lives from step to step.</summary>
    public abstract IReadOnlyDictionary<string, Tensor> Kept { get; }

    /// <summary>Multiplications to apply the inverse to one row.</summary>
    public abstract long Operations { get; }

    /// <summary>How it is kept, in two words.</summary>
    public abstract string Description { get; }

    /// <summary>tr M / D.</summary>
    public abstract double MeanDiagonal();

    /// <summary>Whether the inverse has to follow each update.</summary>
    public virtual bool FollowsUpdates => false;

    /// <summary>Takes in rows of one pass: [N, D]. Borrows them.</summary>
    public abstract void Observe(Tensor rows);

    /// <summary>Forgets what was observed since the last update.</summary>
    public abstract void Discard();

    /// <summary>Updates the running average from what was observed.</summary>
    public abstract void Update(FactorUpdate update);

    /// <summary>Makes the inverse anew.</summary>
    /// <param name="relative">The damping as a fraction of the largest eigenvalue.</param>
    /// <param name="faded">What is added to that.</param>
    /// <param name="seed">For what is drawn.</param>
    public abstract void Invert(double relative, double faded, ulong seed);

    /// <summary>X (M + λI)⁻¹.</summary>
    /// <param name="rows">X: [N, D].</param>
    public abstract Tensor FromRight(Tensor rows);

    /// <summary>Makes the inverse exist, with any numbers, or not.</summary>
    public void Prepare(bool isInverted)
    {
        using var scope = NewDisposeScope();
        Inverse.Replace(isInverted ? EmptyInverse() : []);
    }

    public virtual void To(Device device)
    {
        Discard();
        Inverse.To(device);
    }

    public virtual void Dispose()
    {
        Discard();
        Inverse.Dispose();
    }

    private protected abstract (string Name, Tensor Tensor)[] EmptyInverse();

    private protected static double Damping(double largest, double relative, double faded) => Math.Max((relative * largest) + faded, Smallest);
}
