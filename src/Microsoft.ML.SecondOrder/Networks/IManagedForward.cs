namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>A network's forward pass for one row in managed code. Immutable, hence safe to share between threads.</summary>
internal interface IManagedForward
{
    /// <summary>Computes the outputs of one row.</summary>
    /// <param name="inputs">[I]</param>
    /// <param name="outputs">[O], overwritten.</param>
    void Run(ReadOnlySpan<float> inputs, Span<float> outputs);
}
