namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>How the modes that Brand's updates carry along are put right now and then.</summary>
public enum BrandCorrection
{
    /// <summary>B-KFAC: not at all. Needs no running average in dense form: memory that is linear in the width.</summary>
    None,

    /// <summary>B-R-KFAC: all modes are replaced by those of a random sketch of the running average.</summary>
    Overwrite,

    /// <summary>B-KFAC-C: a random part of the vectors is turned to the eigenvectors that the running average has in their span.</summary>
    Part,
}
