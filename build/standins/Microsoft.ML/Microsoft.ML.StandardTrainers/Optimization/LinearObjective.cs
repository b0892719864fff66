using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>
/// The smooth part of a linear model's training objective over rows in memory:
/// f(θ) = (Σ weight·loss(scores, label) + ½·l2·‖W‖²) / norm, where scores = W·x + b and θ holds the biases b, then the rows of W.
/// </summary>
/// <param name="scoreCount">The number of linear functions.</param>
/// <param name="loss">The loss of one row and its derivative with respect to the scores.</param>
internal sealed class LinearObjective(IHost host, TrainingRows rows, int scoreCount, LinearObjective.RowLoss loss, double l2, double norm)
{
    /// <summary>
    /// Rows are summed in this many parts, which may run in parallel: the result is the same on any number of processors.
    /// </summary>
    private const int Parts = 8;

    private readonly double[][] _gradients = [.. Enumerable.Range(0, Parts).Select(_ => new double[scoreCount * (1 + rows.FeatureCount)])];
    private readonly double[] _losses = new double[Parts];

    /// <returns>The loss; <paramref name="derivatives"/> receives its derivative with respect to each score.</returns>
    public delegate double RowLoss(ReadOnlySpan<double> scores, float label, Span<double> derivatives);

    public int ParameterCount => scoreCount * (1 + rows.FeatureCount);

    /// <summary>How many parameters are biases, which come first and are not regularised.</summary>
    public int BiasCount => scoreCount;

    public int? MaxThreads { get; init; }

    /// <summary>The value at θ; its gradient replaces the content of <paramref name="gradient"/>.</summary>
    public double Evaluate(double[] parameters, double[] gradient)
    {
        host.CheckAlive();
        Parallel.For(0, Parts, new ParallelOptions { MaxDegreeOfParallelism = MaxThreads ?? -1 }, part => SumPart(part, parameters));

        Array.Clear(gradient);
        for (int part = 0; part < Parts; part++)
        {
            for (int i = 0; i < gradient.Length; i++)
                gradient[i] += _gradients[part][i];
        }

        double penalty = 0;
        for (int i = 0; i < gradient.Length; i++)
        {
            if (i >= scoreCount)
            {
                penalty += 0.5 * l2 * parameters[i] * parameters[i];
                gradient[i] += l2 * parameters[i];
            }

            gradient[i] /= norm;
        }

        return (_losses.Sum() + penalty) / norm;
    }

    private void SumPart(int part, double[] parameters)
    {
        double[] gradient = _gradients[part];
        Array.Clear(gradient);
        Span<double> scores = new double[scoreCount];
        Span<double> derivatives = new double[scoreCount];
        double sum = 0;
        int end = (int)((long)rows.Count * (part + 1) / Parts);
        for (int row = (int)((long)rows.Count * part / Parts); row < end; row++)
        {
            var features = rows.Features[row];
            float weight = rows.Weights[row];
            for (int c = 0; c < scoreCount; c++)
                scores[c] = parameters[c] + FeatureProducts.Dot(WeightsOf(parameters, c), in features);
            sum += weight * loss(scores, rows.Labels[row], derivatives);
            for (int c = 0; c < scoreCount; c++)
            {
                gradient[c] += weight * derivatives[c];
                FeatureProducts.AddScaled(WeightsOf(gradient, c), in features, weight * derivatives[c]);
            }
        }

        _losses[part] = sum;
    }

    private Span<double> WeightsOf(double[] parameters, int score) => parameters.AsSpan(scoreCount + score * rows.FeatureCount, rows.FeatureCount);
}
