namespace Microsoft.ML.SecondOrder.Training;

/// <summary>What brings the network's output back to the label's unit: score = offset + scale · output.</summary>
internal sealed record TargetScaling(double Offset, double Scale)
{
    public static TargetScaling None { get; } = new(0, 1);

    /// <summary>Mean and standard deviation of the labels, each counted with its weight; a constant label keeps scale 1.</summary>
    public static TargetScaling Fit(ReadOnlySpan<float> labels, ReadOnlySpan<float> weights)
    {
        double total = 0, mean = 0, squares = 0;
        for (var i = 0; i < labels.Length; i++)
        {
            var weight = weights.IsEmpty ? 1.0 : weights[i];
            total += weight;
            var before = labels[i] - mean;
            mean += weight / total * before;
            squares += weight * before * (labels[i] - mean);
        }

        var deviation = Math.Sqrt(squares / total);
        return new TargetScaling(mean, deviation > 0 ? deviation : 1);
    }

    /// <summary>
    /// Median and deviation of the bulk of the labels; the standard deviation where most labels are equal.
    /// </summary>
    public static TargetScaling FitRobust(ReadOnlySpan<float> labels, ReadOnlySpan<float> weights)
    {
        var bulk = RobustSpread.Of(labels, weights);
        return new TargetScaling(bulk.Median, bulk.Deviation > 0 ? bulk.Deviation : Fit(labels, weights).Scale);
    }

    public float ToTarget(float label) => (float)((label - Offset) / Scale);

    public float ToScore(float output) => (float)(Offset + Scale * output);
}
