namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>The derivative of a network with respect to its inputs. Safe to share between threads.</summary>
internal interface IManagedGradient
{
    /// <summary>The gradient of a function of the outputs of each of R rows with respect to the row's inputs.</summary>
    /// <param name="inputs">[R, I]</param>
    /// <param name="function">Gives the function's gradient with respect to the outputs of a row.</param>
    /// <param name="gradients">[R, I], overwritten.</param>
    void Differentiate(ReadOnlySpan<float> inputs, OutputGradient function, Span<float> gradients);
}

/// <summary>Writes the gradient of a function of <paramref name="outputs"/>: [O] each.</summary>
internal delegate void OutputGradient(ReadOnlySpan<float> outputs, Span<float> gradient);
