namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Hands out the training rows, scaled, in an order that depends on a seed and the number of the epoch alone.</summary>
internal abstract class RowSource : IDisposable
{
    /// <summary>Rows of an epoch.</summary>
    public abstract int Count { get; }

    /// <summary>I: inputs of the network.</summary>
    public abstract int Inputs { get; }

    /// <summary>T: numbers of the label of a row.</summary>
    public abstract int Targets { get; }

    /// <summary>Whether rows have weights; if not, every row counts once.</summary>
    public abstract bool HasWeights { get; }

    /// <summary>The same rows without what is changed in them at random while they are learned from.</summary>
    public virtual RowSource Plain => this;

    /// <summary>Begins an epoch, from 1.</summary>
    public abstract void Begin(int epoch);

    /// <summary>Writes the next row of the epoch and returns its weight.</summary>
    /// <param name="inputs">[I]</param>
    /// <param name="targets">[T]</param>
    public abstract float Next(Span<float> inputs, Span<float> targets);

    /// <summary>Passes over rows of the epoch.</summary>
    public abstract void Skip(int rows);

    public abstract void Dispose();

    /// <summary>Other rows, changed at random as these are.</summary>
    /// <param name="plain">Disposed with what is returned.</param>
    /// <param name="seed">Of what is drawn.</param>
    public virtual RowSource Around(RowSource plain, long seed) => plain;
}
