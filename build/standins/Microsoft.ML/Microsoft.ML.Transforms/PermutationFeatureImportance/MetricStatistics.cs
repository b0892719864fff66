namespace Microsoft.ML.Data;

/// <summary>Mean and spread of a metric over repetitions.</summary>
public sealed class MetricStatistics
{
    private double _squares;

    internal MetricStatistics()
    {
    }

    public double Mean { get; private set; }

    /// <summary>The sample standard deviation; 0 for a single value.</summary>
    public double StandardDeviation => Count <= 1 ? 0 : Math.Sqrt(_squares / (Count - 1));

    /// <summary>The standard error of the mean; 0 for a single value.</summary>
    public double StandardError => Count <= 1 ? 0 : StandardDeviation / Math.Sqrt(Count);

    public int Count { get; private set; }

    /// <summary>Welford's update.</summary>
    internal void Add(double metric)
    {
        Count++;
        double difference = metric - Mean;
        Mean += difference / Count;
        _squares += difference * (metric - Mean);
    }
}

internal interface IMetricsStatistics<T>
{
    void Add(T metrics);
}
