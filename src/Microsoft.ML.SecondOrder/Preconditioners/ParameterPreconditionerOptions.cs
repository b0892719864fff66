namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// The settings of a method that needs no more than the gradients of parameters. It serves every trainable parameter of a
/// model, whatever its layer and its number of axes.
/// </summary>
public abstract record ParameterPreconditionerOptions : PreconditionerOptions
{
    private protected ParameterPreconditionerOptions()
    {
    }

    /// <summary>Whether a dense layer's weight and bias are handed over as one matrix [W b].</summary>
    internal virtual bool JoinsBiases => false;

    /// <summary>Whether the method has to be told how many examples the loss was averaged over.</summary>
    internal virtual bool NeedsExamples => false;

    /// <summary>Creates the preconditioner of one parameter.</summary>
    internal abstract ParameterPreconditioner Create(ParameterShape shape);
}
