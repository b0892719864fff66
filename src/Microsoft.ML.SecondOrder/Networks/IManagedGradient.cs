namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>The derivative of a network with respect to its inputs, in managed code. Safe to share between threads.</summary>
internal interface IManagedGradient
{
    /// <summary>The gradient of a function of the outputs of one row with respect to the row's inputs.</summary>
    /// <param name="inputs">[I]</param>
    /// <param name="function">Gives the function's gradient with respect to the outputs.</param>
    /// <param name="gradient">[I], overwritten.</param>
    void Differentiate(ReadOnlySpan<float> inputs, OutputGradient function, Span<float> gradient);
}

/// <summary>Writes the gradient of a function of <paramref name="outputs"/>: [O] each.</summary>
internal delegate void OutputGradient(ReadOnlySpan<float> outputs, Span<float> gradient);
