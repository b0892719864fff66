namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>How the eigenvalues of a factor come from its sketch.</summary>
public enum RandomizedSolver
{
    /// <summary>SRE-KFAC: eigenvalues of the factor's projection from both sides. The cheaper way.</summary>
    Eigenvalues,

    /// <summary>RS-KFAC: singular values of its projection from one side, with the right singular vectors. A little more accurate.</summary>
    SingularValues,
}
