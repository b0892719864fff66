namespace Microsoft.ML.SecondOrder.Matrices;

/// <summary>A matrix that has to be factorised cannot be, even in double precision.</summary>
public sealed class NumericalException : ArithmeticException
{
    /// <summary>Without details.</summary>
    public NumericalException()
        : this("A matrix could not be factorised.")
    {
    }

    /// <param name="message">What cannot be factorised, and what to change.</param>
    public NumericalException(string message)
        : base(message)
    {
    }

    /// <param name="message">What cannot be factorised, and what to change.</param>
    /// <param name="inner">What libtorch said.</param>
    public NumericalException(string message, Exception? inner)
        : base(message, inner)
    {
    }
}
