using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Text;

/// <summary>Text to a vector of n-gram counts, of words and of characters, each scaled to norm 1.</summary>
public sealed class TextFeaturizingEstimator : IEstimator<ITransformer>
{
    private readonly IHost _host;
    private readonly string _output;
    private readonly string[] _inputs;
    private readonly Options _options;

    internal TextFeaturizingEstimator(IHostEnvironment env, string name, string[] source, Options options = null)
    {
        _host = env.Register(nameof(TextFeaturizingEstimator));
        _host.CheckValue(source, nameof(source));
        _host.CheckParam(source.Length > 0 && !source.Any(string.IsNullOrWhiteSpace), nameof(source));
        _output = _host.CheckNonEmpty(name, nameof(name));
        _inputs = source;
        _options = options ?? new Options();
    }

    public enum NormFunction
    {
        None = 0,
        L1 = 1,
        L2 = 2,
        Infinity = 3,
    }

    public ITransformer Fit(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        return Steps(input.Schema).Fit(input);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        foreach (var name in _inputs)
        {
            var input = inputSchema.InputColumn(_host, name);
            if (input.ItemType is not TextDataViewType)
                throw _host.ExceptSchemaMismatch(nameof(inputSchema), "input", name, "scalar or vector of String", input.GetTypeString());
        }

        var features = new SchemaShape.Column(_output, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false,
            TransformUtils.Shape(TransformUtils.SlotNamesShape, _options.Norm != NormFunction.None ? TransformUtils.NormalizedShape : null));
        return string.IsNullOrEmpty(_options.OutputTokensColumnName)
            ? inputSchema.With(features)
            : inputSchema.With(features, new SchemaShape.Column(_options.OutputTokensColumnName, SchemaShape.Column.VectorKind.VariableVector,
                TextDataViewType.Instance, false));
    }

    private EstimatorChain<ITransformer> Steps(DataViewSchema schema)
    {
        var temporary = new List<string>();
        string Temporary(string purpose)
        {
            string name = $"{_output}_{purpose}";
            for (int i = 0; schema.GetColumnOrNull(name) != null; i++)
                name = $"{_output}_{purpose}_{i}";
            temporary.Add(name);
            return name;
        }

        var steps = new EstimatorChain<ITransformer>();
        string text = _inputs[0];
        if (_inputs.Length > 1)
            steps = steps.Append<ITransformer>(new ColumnConcatenatingEstimator(_host, text = Temporary("InitialConcat"), _inputs));
        var normalizer = new TextNormalizer(_options.CaseMode, _options.KeepDiacritics, _options.KeepPunctuations, _options.KeepNumbers);
        if (normalizer.ChangesAnything)
            steps = steps.Append<ITransformer>(new TextNormalizingEstimator(_host, normalizer, (Temporary("TextNormalizer"), text)));
        text = temporary.LastOrDefault(text);

        var features = new List<(string Name, string Alias)>();
        string words = null;
        if (_options.WordFeatureExtractor != null || !string.IsNullOrEmpty(_options.OutputTokensColumnName))
            steps = steps.Append<ITransformer>(new WordTokenizingEstimator(_host, null, (words = Temporary("WordTokenizer"), text)));
        if (_options.CharFeatureExtractor != null)
            features.Add((Temporary("CharExtractor"), "Char"));
        if (_options.WordFeatureExtractor != null)
            features.Add((Temporary("WordExtractor"), "Word"));
        foreach (var (name, kind) in features)
        {
            steps = kind == "Word"
                ? steps.Append(WordBagEstimator.NgramsOfWords(_host, name, words, _options.WordFeatureExtractor.ToNgramOptions()))
                : steps.Append<ITransformer>(new TokenizingByCharactersEstimator(_host, true, (name, text)))
                    .Append<ITransformer>(new NgramExtractingEstimator(_host, name, name, _options.CharFeatureExtractor.ToNgramOptions()));
        }

        if (!string.IsNullOrEmpty(_options.OutputTokensColumnName))
            steps = steps.Append<ITransformer>(new ColumnConcatenatingEstimator(_host, _options.OutputTokensColumnName, words));
        if (_options.Norm != NormFunction.None && features.Count > 0)
        {
            steps = steps.Append<ITransformer>(new LpNormNormalizingEstimator(_host, features
                .Select(feature => new LpNormNormalizingEstimatorBase.ColumnOptions(feature.Name, feature.Name, LpNorm(_options.Norm), false)).ToArray()));
        }

        if (features.Count > 0)
        {
            // Of one kind only, the names need no prefix.
            var sources = features.Count > 1 ? features.ToArray() : [(features[0].Name, features[0].Name)];
            steps = steps.Append<ITransformer>(new Constant(new ColumnConcatenatingTransformer(_host, _output, sources)));
        }

        return steps.Append<ITransformer>(new Constant(new ColumnSelectingTransformer(_host, null, temporary.ToArray())));
    }

    private static LpNormNormalizingEstimatorBase.NormFunction LpNorm(NormFunction norm) => norm switch
    {
        NormFunction.L1 => LpNormNormalizingEstimatorBase.NormFunction.L1,
        NormFunction.Infinity => LpNormNormalizingEstimatorBase.NormFunction.Infinity,
        _ => LpNormNormalizingEstimatorBase.NormFunction.L2,
    };

    /// <summary>A step that is known beforehand, within the chain of this estimator only.</summary>
    private sealed class Constant(ITransformer transformer) : IEstimator<ITransformer>
    {
        public ITransformer Fit(IDataView input) => transformer;

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => inputSchema;
    }

    public sealed class Options : TransformInputBase
    {
        public TextNormalizingEstimator.CaseMode CaseMode = TextNormalizingEstimator.CaseMode.Lower;
        public bool KeepDiacritics;
        public bool KeepPunctuations = true;
        public bool KeepNumbers = true;

        /// <summary>A further column with the words.</summary>
        public string OutputTokensColumnName;

        public NormFunction Norm = NormFunction.L2;

        public Options()
        {
            WordFeatureExtractor = new WordBagEstimator.Options();
            CharFeatureExtractor = new WordBagEstimator.Options { NgramLength = 3, UseAllLengths = false };
        }

        public WordBagEstimator.Options WordFeatureExtractor { get; set; }

        public WordBagEstimator.Options CharFeatureExtractor { get; set; }
    }
}
