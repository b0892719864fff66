using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

namespace Microsoft.ML;

public static class NormalizationCatalog
{
    private const long DefaultCount = NormalizingEstimator.DefaultExampleCount;

    public static NormalizingEstimator NormalizeMinMax(this TransformsCatalog catalog, string outputColumnName, string inputColumnName = null,
        long maximumExampleCount = DefaultCount, bool fixZero = true)
        => catalog.NormalizeMinMax([new(outputColumnName, inputColumnName)], maximumExampleCount, fixZero);

    public static NormalizingEstimator NormalizeMinMax(this TransformsCatalog catalog, InputOutputColumnPair[] columns,
        long maximumExampleCount = DefaultCount, bool fixZero = true)
        => Normalize(catalog, columns, (name, input) => new NormalizingEstimator.MinMaxOptions(name, input, maximumExampleCount, fixZero));

    public static NormalizingEstimator NormalizeMeanVariance(this TransformsCatalog catalog, string outputColumnName, string inputColumnName = null,
        long maximumExampleCount = DefaultCount, bool fixZero = true, bool useCdf = false)
        => catalog.NormalizeMeanVariance([new(outputColumnName, inputColumnName)], maximumExampleCount, fixZero, useCdf);

    public static NormalizingEstimator NormalizeMeanVariance(this TransformsCatalog catalog, InputOutputColumnPair[] columns,
        long maximumExampleCount = DefaultCount, bool fixZero = true, bool useCdf = false)
        => Normalize(catalog, columns,
            (name, input) => new NormalizingEstimator.MeanVarianceOptions(name, input, maximumExampleCount, fixZero, useCdf, useLog: false));

    public static NormalizingEstimator NormalizeLogMeanVariance(this TransformsCatalog catalog, string outputColumnName, string inputColumnName = null,
        long maximumExampleCount = DefaultCount, bool useCdf = true)
        => catalog.NormalizeLogMeanVariance(outputColumnName, false, inputColumnName, maximumExampleCount, useCdf);

    public static NormalizingEstimator NormalizeLogMeanVariance(this TransformsCatalog catalog, InputOutputColumnPair[] columns,
        long maximumExampleCount = DefaultCount, bool useCdf = true)
        => catalog.NormalizeLogMeanVariance(columns, false, maximumExampleCount, useCdf);

    public static NormalizingEstimator NormalizeLogMeanVariance(this TransformsCatalog catalog, string outputColumnName, bool fixZero,
        string inputColumnName = null, long maximumExampleCount = DefaultCount, bool useCdf = true)
        => catalog.NormalizeLogMeanVariance([new(outputColumnName, inputColumnName)], fixZero, maximumExampleCount, useCdf);

    public static NormalizingEstimator NormalizeLogMeanVariance(this TransformsCatalog catalog, InputOutputColumnPair[] columns, bool fixZero,
        long maximumExampleCount = DefaultCount, bool useCdf = true)
        => Normalize(catalog, columns,
            (name, input) => new NormalizingEstimator.MeanVarianceOptions(name, input, maximumExampleCount, fixZero, useCdf, useLog: true));

    public static LpNormNormalizingEstimator NormalizeLpNorm(this TransformsCatalog catalog, string outputColumnName, string inputColumnName = null,
        LpNormNormalizingEstimatorBase.NormFunction norm = LpNormNormalizingEstimatorBase.NormFunction.L2, bool ensureZeroMean = false)
        => new(catalog.GetEnvironment(), new LpNormNormalizingEstimatorBase.ColumnOptions(outputColumnName, inputColumnName, norm, ensureZeroMean));

    private static NormalizingEstimator Normalize(TransformsCatalog catalog, InputOutputColumnPair[] columns,
        Func<string, string, NormalizingEstimator.ColumnOptions> make)
    {
        Contracts.CheckValue(columns, nameof(columns));
        return new NormalizingEstimator(catalog.GetEnvironment(), columns.Select(pair => make(pair.OutputColumnName, pair.InputColumnName)).ToArray());
    }
}
