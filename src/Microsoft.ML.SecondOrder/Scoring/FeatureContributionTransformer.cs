using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Persistence;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Scoring;

/// <summary>
/// Appends the column <c>FeatureContributions</c>: what each feature contributed to the score of its row, by integrated
/// gradients (Sundararajan et al., 2017, arXiv 1703.01365).
/// </summary>
/// <remarks>
/// <para>The contributions of a row add up to its score less that of a row in the middle: one with each number at the mean (or
/// median) of the training data and no indicator set. They are in the unit of the score: that of the label for
/// regression, log-odds for true or false, the probability of the predicted class for several classes. A label
/// of T targets gives T rows of contributions, one a target.</para>
/// <para>The column has as many slots as the features, under their names, as that of ML.NET's
/// <c>CalculateFeatureContribution</c>, which keeps the ten largest of either sign and normalises unless told otherwise; here all
/// are kept as they are. Missing features give missing contributions.</para>
/// <para>Networks other than <see cref="Network.Mlp"/> are differentiated by libtorch, which explaining then needs though scoring does not.</para>
/// <para>Immutable, safe to share between threads, saved with a chain and loaded as any transformer.</para>
/// </remarks>
public sealed class FeatureContributionTransformer : ITransformer
{
    private readonly RowScorer _scorer;
    private readonly ContributionSettings _settings;

    internal FeatureContributionTransformer(FittedNetwork network, ContributionSettings settings)
    {
        if (network.Shape.Segments.FirstOrDefault(s => s.Kind is InputKind.Categories or InputKind.Tokens) is { } keys)
        {
            throw new NotSupportedException(
                $"Contributions are known for numbers, images and graphs, but '{keys.Name}' holds keys, between which there is no path. PermutationFeatureImportance explains any model.");
        }

        if (network.Network is not MlpNetwork)
        {
            TorchRuntime.Require();
        }

        if (network.Uncertainty is { Predictive: not ClassPredictive.PlugIn and var predictive })
        {
            throw new NotSupportedException($"Contributions are known for ClassPredictive.PlugIn, but the network's probabilities are {predictive}. PermutationFeatureImportance explains any model.");
        }

        (_scorer, _settings) = (new RowScorer(network), settings);
    }

    bool ITransformer.IsRowToRowMapper => true;

    /// <summary>The input's columns and the contributions.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The feature column is missing or of another type than in training.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bind(inputSchema).OutputSchema;

    /// <summary>A view of <paramref name="input"/> with the contributions; rows are explained when they are read.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The feature column is missing or of another type than in training.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Bind(input.Schema).Apply(input);
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => Bind(inputSchema);

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        ModelContexts.Save(_scorer.Network, ctx, _settings);
    }

    private RowAppender Bind(DataViewSchema input)
    {
        _scorer.RequireColumns(input);
        var columns = _scorer.Network.Features.Columns;
        var names = columns.Length == 1 ? SlotNames.Of(input[columns[0].Name]) : [.. columns.SelectMany(c => SlotNames.OrPlaces(input[c.Name], c.Segment.Size))];
        return new RowAppender(_scorer, new ContributionColumns(_scorer, _settings, names), input);
    }
}
