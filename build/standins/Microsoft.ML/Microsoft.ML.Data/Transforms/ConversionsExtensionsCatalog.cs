using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

namespace Microsoft.ML;

public static class ConversionsExtensionsCatalog
{
    public static TypeConvertingEstimator ConvertType(this TransformsCatalog.ConversionTransforms catalog, string outputColumnName,
        string inputColumnName = null, DataKind outputKind = DataKind.Single)
        => new(catalog.GetEnvironment(), new TypeConvertingEstimator.ColumnOptions(outputColumnName, outputKind, inputColumnName));

    public static TypeConvertingEstimator ConvertType(this TransformsCatalog.ConversionTransforms catalog, InputOutputColumnPair[] columns,
        DataKind outputKind = DataKind.Single)
        => new(catalog.GetEnvironment(), Each(columns, pair => new TypeConvertingEstimator.ColumnOptions(pair.OutputColumnName, outputKind, pair.InputColumnName)));

    public static KeyToValueMappingEstimator MapKeyToValue(this TransformsCatalog.ConversionTransforms catalog, string outputColumnName,
        string inputColumnName = null)
        => new(catalog.GetEnvironment(), outputColumnName, inputColumnName);

    public static KeyToValueMappingEstimator MapKeyToValue(this TransformsCatalog.ConversionTransforms catalog, InputOutputColumnPair[] columns)
        => new(catalog.GetEnvironment(), Each(columns, pair => (pair.OutputColumnName, pair.InputColumnName)));

    public static KeyToVectorMappingEstimator MapKeyToVector(this TransformsCatalog.ConversionTransforms catalog, string outputColumnName,
        string inputColumnName = null, bool outputCountVector = false)
        => new(catalog.GetEnvironment(), new KeyToVectorMappingEstimator.ColumnOptions(outputColumnName, inputColumnName, outputCountVector));

    public static KeyToVectorMappingEstimator MapKeyToVector(this TransformsCatalog.ConversionTransforms catalog, InputOutputColumnPair[] columns,
        bool outputCountVector = false)
        => new(catalog.GetEnvironment(),
            Each(columns, pair => new KeyToVectorMappingEstimator.ColumnOptions(pair.OutputColumnName, pair.InputColumnName, outputCountVector)));

    public static ValueToKeyMappingEstimator MapValueToKey(this TransformsCatalog.ConversionTransforms catalog, string outputColumnName,
        string inputColumnName = null, int maximumNumberOfKeys = ValueToKeyMappingEstimator.DefaultMaximum,
        ValueToKeyMappingEstimator.KeyOrdinality keyOrdinality = ValueToKeyMappingEstimator.KeyOrdinality.ByOccurrence,
        bool addKeyValueAnnotationsAsText = false, IDataView keyData = null)
        => new(catalog.GetEnvironment(),
            [new(outputColumnName, inputColumnName, maximumNumberOfKeys, keyOrdinality, addKeyValueAnnotationsAsText)], keyData);

    public static ValueToKeyMappingEstimator MapValueToKey(this TransformsCatalog.ConversionTransforms catalog, InputOutputColumnPair[] columns,
        int maximumNumberOfKeys = ValueToKeyMappingEstimator.DefaultMaximum,
        ValueToKeyMappingEstimator.KeyOrdinality keyOrdinality = ValueToKeyMappingEstimator.KeyOrdinality.ByOccurrence,
        bool addKeyValueAnnotationsAsText = false, IDataView keyData = null)
        => new(catalog.GetEnvironment(), Each(columns, pair => new ValueToKeyMappingEstimator.ColumnOptions(
            pair.OutputColumnName, pair.InputColumnName, maximumNumberOfKeys, keyOrdinality, addKeyValueAnnotationsAsText)), keyData);

    private static T[] Each<T>(InputOutputColumnPair[] columns, Func<InputOutputColumnPair, T> make)
    {
        Contracts.CheckValue(columns, nameof(columns));
        return columns.Select(make).ToArray();
    }
}
