namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>How class probabilities take account of the weights' uncertainty.</summary>
/// <remarks>
/// Probit and Monte-Carlo predictives over all layers were measured to be under-confident by far on tables; for calibrated
/// probabilities prefer <see cref="PlugIn"/> and one temperature that was found out of fold.
/// </remarks>
public enum ClassPredictive
{
    /// <summary>Not at all: those of the network.</summary>
    PlugIn,

    /// <summary>softmax(f / √(1 + π/8·v)) with v the variance of each output (MacKay, 1992; for several classes Daxberger et al., 2021, arXiv 2106.14806).</summary>
    Probit,

    /// <summary>The mean over draws of the outputs.</summary>
    MonteCarlo,
}
