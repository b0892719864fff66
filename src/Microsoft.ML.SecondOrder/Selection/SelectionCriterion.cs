namespace Microsoft.ML.SecondOrder.Selection;

/// <summary>By what candidates are ranked.</summary>
public enum SelectionCriterion
{
    /// <summary>
    /// <see cref="LeaveOneOut"/> where every candidate has it and rows times outputs are at most <see cref="SelectionOptions.LargestLeaveOneOut"/>;
    /// else <see cref="Folds"/>.
    /// </summary>
    Automatic,

    /// <summary>
    /// The error on each row as if it had been left out, from one training on all rows and the exact curvature of the network in its dual
    /// form. Takes one factorisation of a matrix with a row for each target.
    /// </summary>
    LeaveOneOut,

    /// <summary>
    /// The logarithm of the marginal likelihood with Kronecker-factored curvature. Costs nothing beside the training, and ranks widths and
    /// depths badly: use it where rows are too many for the others.
    /// </summary>
    Evidence,

    /// <summary>The error on rows that were not trained on, with one training for each fold. Regularisation is chosen anew in each.</summary>
    Folds,
}
