using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

public sealed class NormalizingEstimator : IEstimator<NormalizingTransformer>
{
    internal const long DefaultExampleCount = 1000000000;

    private readonly IHost _host;
    private readonly ColumnOptions[] _columns;

    internal NormalizingEstimator(IHostEnvironment env, params ColumnOptions[] columns)
    {
        _host = env.Register(nameof(NormalizingEstimator));
        _host.CheckValue(columns, nameof(columns));
        _columns = columns;
    }

    public NormalizingTransformer Fit(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        return NormalizingTransformer.Train(_host, input, _columns);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(_columns.Select(column =>
        {
            var input = inputSchema.InputColumn(_host, column.InputColumnName);
            if (input.Kind == SchemaShape.Column.VectorKind.VariableVector)
                throw _host.ExceptSchemaMismatch(nameof(inputSchema), "input", column.InputColumnName, "known-size vector or scalar", input.GetTypeString());
            if (!input.ItemType.Equals(NumberDataViewType.Single) && !input.ItemType.Equals(NumberDataViewType.Double))
            {
                throw _host.ExceptSchemaMismatch(nameof(inputSchema), "input", column.InputColumnName,
                    "vector or scalar of Single or Double", input.GetTypeString());
            }

            return new SchemaShape.Column(column.Name, input.Kind, input.ItemType, input.IsKey,
                TransformUtils.Shape(TransformUtils.NormalizedShape, input.Annotation(AnnotationUtils.Kinds.SlotNames)));
        }));
    }

    /// <summary>What to learn of a column; a subclass per way of normalizing.</summary>
    internal abstract class ColumnOptions
    {
        protected ColumnOptions(string name, string inputColumnName, long maximumExampleCount)
        {
            Name = Contracts.CheckNonEmpty(name, nameof(name));
            InputColumnName = Contracts.CheckNonEmpty(inputColumnName ?? name, nameof(inputColumnName));
            Contracts.CheckParam(maximumExampleCount > 1, nameof(maximumExampleCount), "Must be greater than 1");
            MaximumExampleCount = maximumExampleCount;
        }

        public string Name { get; }
        public string InputColumnName { get; }
        public long MaximumExampleCount { get; }

        public abstract NormalizerLearner<T> MakeLearner<T>(int size) where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>;
    }

    internal sealed class MinMaxOptions(string name, string inputColumnName, long maximumExampleCount, bool fixZero)
        : ColumnOptions(name, inputColumnName, maximumExampleCount)
    {
        public override NormalizerLearner<T> MakeLearner<T>(int size) => new MinMaxLearner<T>(size, fixZero);
    }

    internal sealed class MeanVarianceOptions(string name, string inputColumnName, long maximumExampleCount, bool fixZero, bool useCdf, bool useLog)
        : ColumnOptions(name, inputColumnName, maximumExampleCount)
    {
        public override NormalizerLearner<T> MakeLearner<T>(int size) => new MeanVarianceLearner<T>(size, fixZero, useCdf, useLog);
    }
}
