namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>A network's forward pass in managed code. Immutable, hence safe to share between threads.</summary>
internal interface IManagedForward
{
    /// <summary>Computes the outputs of R rows. A row gives the same bits whatever stands beside it.</summary>
    /// <param name="inputs">[R, I]</param>
    /// <param name="outputs">[R, O], overwritten.</param>
    void Run(ReadOnlySpan<float> inputs, Span<float> outputs);
}
