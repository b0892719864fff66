namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>Which weights of a dense layer make up a mini-block.</summary>
public enum MiniBlockGrouping
{
    /// <summary>The weights into one output, with one block for all outputs, the mean of theirs: I² numbers.</summary>
    Shared,

    /// <summary>The weights into one output, a block for each ("all to one"): O·I² numbers.</summary>
    Outputs,

    /// <summary>The weights from one input, a block for each ("one to all"): I·O² numbers.</summary>
    Inputs,
}
