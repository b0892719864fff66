namespace Microsoft.ML.SecondOrder.Curvature;

/// <summary>What stands in the last column of a use's rows of inputs, the one that belongs to the bias of the joint weight [W b].</summary>
internal enum BiasInput
{
    /// <summary>There is no such column: the joint weight has no bias.</summary>
    None,

    /// <summary>1: the bias is added to the outputs.</summary>
    One,

    /// <summary>0: another module, which has the same weight, adds the bias; this one does not.</summary>
    Zero,
}
