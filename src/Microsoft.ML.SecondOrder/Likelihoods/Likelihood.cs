using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Likelihoods;

/// <summary>
/// What the outputs of a network mean: the distribution p(y | f) of a target given the outputs f of one row.
/// </summary>
public abstract class Likelihood
{
    private protected Likelihood()
    {
    }

    /// <summary>The mean over the rows of the negative log-likelihood, up to a constant.</summary>
    /// <param name="outputs">f, the network's outputs: [B, O].</param>
    /// <param name="targets">One target a row; see the likelihood for shape and type.</param>
    /// <param name="weights">Example weights [B], at least 0, with a positive sum; null counts every row once.</param>
    /// <returns>A scalar: Σ w·c / Σ w, with c the loss of a row.</returns>
    public Tensor Loss(Tensor outputs, Tensor targets, Tensor? weights = null)
    {
        using var losses = RowLosses(outputs, targets); // [B]
        if (weights is null)
        {
            return losses.mean();
        }

        using var weighted = losses.mul(weights);
        using var sum = weighted.sum();
        using var total = weights.sum();
        return sum.div(total);
    }

    /// <summary>The loss of each row: [B].</summary>
    private protected abstract Tensor RowLosses(Tensor outputs, Tensor targets);
}
