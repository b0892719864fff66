using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Loads, saves, filters, splits and shuffles data; text and binary files come as extension methods.</summary>
public sealed class DataOperationsCatalog : IInternalCatalog
{
    private readonly IHostEnvironment _env;

    internal DataOperationsCatalog(IHostEnvironment env) => _env = env;

    IHostEnvironment IInternalCatalog.Environment => _env;

    public IDataView LoadFromEnumerable<TRow>(IEnumerable<TRow> data, SchemaDefinition schemaDefinition = null) where TRow : class
    {
        _env.CheckValue(data, nameof(data));
        return new EnumerableDataView<TRow>(data, schemaDefinition);
    }

    public IDataView LoadFromEnumerable<TRow>(IEnumerable<TRow> data, DataViewSchema schema) where TRow : class
    {
        _env.CheckValue(data, nameof(data));
        _env.CheckValue(schema, nameof(schema));
        return new EnumerableDataView<TRow>(data, TypedColumn.DefinitionFor(_env, typeof(TRow), schema));
    }

    public IEnumerable<TRow> CreateEnumerable<TRow>(IDataView data, bool reuseRowObject, bool ignoreMissingColumns = false,
        SchemaDefinition schemaDefinition = null) where TRow : class, new()
    {
        _env.CheckValue(data, nameof(data));
        var filler = new TypedFiller<TRow>(data.Schema, ignoreMissingColumns, schemaDefinition);
        return EnumerableDataView<TRow>.Enumerate(data, filler, reuseRowObject, () => new TRow());
    }

    public IDataView Cache(IDataView input, params string[] columnsToPrefetch)
    {
        _env.CheckValue(input, nameof(input));
        return new CacheView(input, (columnsToPrefetch ?? []).Select(name => input.Schema.GetColumnOrNull(name)
            ?? throw _env.ExceptSchemaMismatch(nameof(columnsToPrefetch), "prefetch", name)));
    }

    public IDataView FilterRowsByColumn(IDataView input, string columnName, double lowerBound = double.NegativeInfinity, double upperBound = double.PositiveInfinity)
    {
        _env.CheckValue(input, nameof(input));
        _env.CheckNonEmpty(columnName, nameof(columnName));
        _env.CheckParam(lowerBound < upperBound, nameof(upperBound), "Must be less than lowerBound");
        var column = input.Schema[columnName];
        if (column.Type is not NumberDataViewType)
            throw _env.ExceptSchemaMismatch(nameof(columnName), "filter", columnName, "number", column.Type.ToString());
        _env.CheckUserArg(column.Type == NumberDataViewType.Single || column.Type == NumberDataViewType.Double, "Column",
            $"Column '{columnName}' does not have compatible type");
        return new FilterView(input, [column], row => column.Type == NumberDataViewType.Single
            ? Test(row.GetGetter<float>(column), value => lowerBound <= value && value < upperBound)
            : Test(row.GetGetter<double>(column), value => lowerBound <= value && value < upperBound));
    }

    public IDataView FilterRowsByMissingValues(IDataView input, params string[] columns)
    {
        _env.CheckValue(input, nameof(input));
        _env.CheckUserArg(columns is { Length: > 0 }, nameof(columns));
        var sources = new List<DataViewSchema.Column>();
        foreach (var name in columns)
        {
            var column = input.Schema.GetColumnOrNull(name) ?? throw _env.ExceptUserArg("Columns", $"Source column '{name}' not found");
            _env.CheckUserArg(sources.TrueForAll(c => c.Index != column.Index), "Columns", $"Source column '{name}' specified multiple times");
            _env.CheckUserArg(MissingValues.CanBeMissing(column.Type), "Columns",
                $"Column '{name}' has type {column.Type} which does not support missing values, so we cannot filter on them");
            sources.Add(column);
        }

        return new FilterView(input, sources.ToArray(), row =>
        {
            var tests = sources.Select(column => MissingValues.MakeTest(row, column)).ToArray();
            return () => !Array.Exists(tests, isMissing => isMissing());
        });
    }

    public IDataView ShuffleRows(IDataView input, int? seed = null, int shufflePoolSize = 1000, bool shuffleSource = true)
    {
        _env.CheckValue(input, nameof(input));
        _env.CheckUserArg(shufflePoolSize > 0, nameof(shufflePoolSize), "Must be positive");
        // The 32 bits that a double of the host's generator holds.
        return new ShuffleView(input, seed ?? (int)(uint)(_env.Register("Shuffle").Rand.NextDouble() * 4294967296.0), shufflePoolSize, shuffleSource);
    }

    public IDataView SkipRows(IDataView input, long count)
    {
        _env.CheckValue(input, nameof(input));
        _env.CheckUserArg(count > 0, nameof(count), "Must be greater than zero.");
        return new SkipTakeView(input, count, long.MaxValue);
    }

    public IDataView TakeRows(IDataView input, long count)
    {
        _env.CheckValue(input, nameof(input));
        _env.CheckUserArg(count > 0, nameof(count), "Must be greater than zero.");
        return new SkipTakeView(input, 0, count);
    }

    public TrainTestData TrainTestSplit(IDataView data, double testFraction = 0.1, string samplingKeyColumnName = null, int? seed = null)
    {
        _env.CheckValue(data, nameof(data));
        _env.CheckParam(0 < testFraction && testFraction < 1, nameof(testFraction), "Must be between 0 and 1 exclusive");
        var split = new SplitTest(_env, data, samplingKeyColumnName, seed);
        return new TrainTestData(split.Where(number => number >= testFraction), split.Where(number => number < testFraction));
    }

    public IReadOnlyList<TrainTestData> CrossValidationSplit(IDataView data, int numberOfFolds = 5, string samplingKeyColumnName = null, int? seed = null)
    {
        _env.CheckValue(data, nameof(data));
        _env.CheckParam(numberOfFolds > 1, nameof(numberOfFolds), "Must be more than 1");
        var split = new SplitTest(_env, data, samplingKeyColumnName, seed);
        return Enumerable.Range(0, numberOfFolds).Select(fold =>
        {
            double from = (double)fold / numberOfFolds;
            double to = (double)(fold + 1) / numberOfFolds;
            bool IsTest(double number) => from <= number && number <= to;
            return new TrainTestData(split.Where(number => !IsTest(number)), split.Where(IsTest));
        }).ToArray();
    }

    private static Func<bool> Test<T>(ValueGetter<T> getter, Func<T, bool> test)
    {
        T value = default;
        return () =>
        {
            getter(ref value);
            return test(value);
        };
    }

    public struct TrainTestData
    {
        public readonly IDataView TrainSet;
        public readonly IDataView TestSet;

        internal TrainTestData(IDataView trainSet, IDataView testSet)
        {
            TrainSet = trainSet;
            TestSet = testSet;
        }
    }
}
