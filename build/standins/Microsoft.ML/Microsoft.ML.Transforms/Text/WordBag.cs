using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Text;

/// <summary>Text to words, words to keys, keys to n-grams.</summary>
public sealed class WordBagEstimator : IEstimator<ITransformer>
{
    private readonly IHost _host;
    private readonly IEstimator<ITransformer> _steps;

    internal WordBagEstimator(IHostEnvironment env, string outputColumnName, string[] inputColumnNames, NgramOptions options)
    {
        _host = env.Register(nameof(WordBagEstimator));
        _host.CheckUserArg(inputColumnNames is { Length: > 0 }, nameof(inputColumnNames));
        string text = inputColumnNames[0];
        var steps = new EstimatorChain<ITransformer>();
        if (inputColumnNames.Length > 1)
        {
            steps = steps.Append<ITransformer>(new ColumnConcatenatingEstimator(_host, outputColumnName, inputColumnNames));
            text = outputColumnName;
        }

        _steps = steps
            .Append<ITransformer>(new WordTokenizingEstimator(_host, null, (outputColumnName, text)))
            .Append<ITransformer>(NgramsOfWords(_host, outputColumnName, outputColumnName, options));
    }

    public ITransformer Fit(IDataView input) => _steps.Fit(input);

    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _steps.GetOutputSchema(inputSchema);

    internal static IEstimator<ITransformer> NgramsOfWords(IHostEnvironment env, string outputColumnName, string inputColumnName, NgramOptions options)
        => new ValueToKeyMappingEstimator(env, [new(outputColumnName, inputColumnName, options.TermMaximum, ValueToKeyMappingEstimator.KeyOrdinality.ByOccurrence, false)])
            .Append(new NgramExtractingEstimator(env, outputColumnName, outputColumnName, options));

    public class Options
    {
        public int NgramLength = 2;

        /// <summary>How many words an n-gram may leave out.</summary>
        public int SkipLength;

        /// <summary>Also all shorter n-grams.</summary>
        public bool UseAllLengths = true;

        /// <summary>By length; the last number holds for all further lengths.</summary>
        public int[] MaximumNgramsCount = [NgramOptions.DefaultMaximum];

        public NgramExtractingEstimator.WeightingCriteria Weighting;

        public Options()
        {
        }

        internal NgramOptions ToNgramOptions() => new(NgramLength, SkipLength, UseAllLengths, MaximumNgramsCount, Weighting);
    }
}
