namespace Microsoft.ML.Trainers;

/// <summary>Losses of single rows with their derivatives, for <see cref="LinearObjective"/>.</summary>
internal static class RowLosses
{
    /// <summary>(s − y)²</summary>
    public static double Squared(ReadOnlySpan<double> scores, float label, Span<double> derivatives)
    {
        double residual = scores[0] - label;
        derivatives[0] = 2 * residual;
        return residual * residual;
    }

    /// <summary>log(1 + exp(−±s)), + for a label above 0.</summary>
    public static double Logistic(ReadOnlySpan<double> scores, float label, Span<double> derivatives)
    {
        double sign = label > 0 ? 1 : -1;
        double margin = sign * scores[0];
        double e = Math.Exp(-Math.Abs(margin));
        derivatives[0] = -sign * (margin > 0 ? e : 1) / (1 + e);
        return Math.Max(0, -margin) + Math.Log(1 + e);
    }

    /// <summary>log Σ exp(s_c) − s_y; the label is the number of a class.</summary>
    public static double Softmax(ReadOnlySpan<double> scores, float label, Span<double> derivatives)
    {
        double highest = double.NegativeInfinity, sum = 0;
        foreach (double score in scores)
            highest = Math.Max(highest, score);
        for (int c = 0; c < scores.Length; c++)
            sum += derivatives[c] = Math.Exp(scores[c] - highest);
        for (int c = 0; c < scores.Length; c++)
            derivatives[c] /= sum;
        derivatives[(int)label] -= 1;
        return highest + Math.Log(sum) - scores[(int)label];
    }
}
