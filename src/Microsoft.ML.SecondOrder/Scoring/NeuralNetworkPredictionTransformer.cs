using System.Buffers;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Persistence;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Scoring;

/// <summary>
/// Scores rows with a trained network: appends <c>Score</c> and, by task, <c>PredictedLabel</c> and <c>Probability</c>.
/// </summary>
/// <remarks>
/// <para>Immutable and safe to share between threads. Scoring runs in managed code, needs no native library and gives
/// the same bits in every process, whether rows come one by one or many at once.</para>
/// <para><see cref="Dispose"/> does nothing, as there is nothing to release: a model that a prediction engine has disposed
/// with itself goes on working for everybody who shares it.</para>
/// </remarks>
public sealed class NeuralNetworkPredictionTransformer : ISingleFeaturePredictionTransformer<FittedNetwork>, IDisposable
{
    /// <summary>Rows of one call of the network: few enough for their inputs to stay in the caches.</summary>
    private const int BlockRows = 32;

    private readonly RowScorer _scorer;
    private readonly ScoreColumns _columns;

    internal NeuralNetworkPredictionTransformer(FittedNetwork network)
    {
        _scorer = new RowScorer(network);
        _columns = ScoreColumns.Of(network);
    }

    /// <summary>The trained network.</summary>
    public FittedNetwork Model => _scorer.Network;

    /// <summary>The column that the features are read from; the first, where they are several.</summary>
    public string FeatureColumnName => Model.FeatureColumnName;

    /// <summary>The type that this column must have.</summary>
    public DataViewType FeatureColumnType => Model.Features.Columns[0].Type;

    bool ITransformer.IsRowToRowMapper => true;

    /// <summary>The input's columns and the scores.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The feature column is missing or of another type than in training.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bind(inputSchema).OutputSchema;

    /// <summary>A view of <paramref name="input"/> with the scores; rows are scored when they are read.</summary>
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
        ModelContexts.Save(Model, ctx);
    }

    /// <summary>Scores many rows of features at once, without a data view: the fastest way, on one thread.</summary>
    /// <param name="features">R rows, one after the other, each as long as the feature column: [R, I].</param>
    /// <param name="scores">
    /// What the column <c>Score</c> would hold, row after row: [R, 1] for a number and for true or false, [R, T] for T targets,
    /// [R, C] for C classes. Overwritten; the same bits as from <see cref="Transform"/>, except with a module of your own.
    /// </param>
    /// <exception cref="ArgumentException">The lengths are not those of whole rows, or not of as many.</exception>
    public void Score(ReadOnlySpan<float> features, Span<float> scores)
    {
        var (width, outputs) = (Model.Features.Scaling.Features, Model.Shape.Outputs);
        var rows = features.Length / width;
        if (features.Length != rows * width || scores.Length != rows * outputs)
        {
            throw new ArgumentException(
                $"A row takes {width} features and gives {outputs} scores, but there is room for {features.Length} features and {scores.Length} scores.");
        }

        var inputs = ArrayPool<float>.Shared.Rent(BlockRows * Model.Shape.Inputs);
        for (var row = 0; row < rows; row += BlockRows)
        {
            var block = Math.Min(rows - row, BlockRows);
            Score(features.Slice(row * width, block * width), inputs.AsSpan(0, block * Model.Shape.Inputs), scores.Slice(row * outputs, block * outputs));
        }

        ArrayPool<float>.Shared.Return(inputs);
    }

    /// <summary>Does nothing: see the remarks.</summary>
    public void Dispose()
    {
    }

    private void Score(ReadOnlySpan<float> features, Span<float> inputs, Span<float> scores)
    {
        var (width, taken, outputs) = (Model.Features.Scaling.Features, Model.Shape.Inputs, Model.Shape.Outputs);
        for (var (f, i) = (0, 0); f < features.Length; (f, i) = (f + width, i + taken))
        {
            Model.Features.Scaling.Apply(features.Slice(f, width), inputs.Slice(i, taken));
        }

        _scorer.Forward.Run(inputs, scores);
        for (var at = 0; at < scores.Length; at += outputs)
        {
            _columns.ToScores(scores.Slice(at, outputs));
        }
    }

    private RowAppender Bind(DataViewSchema input)
    {
        _scorer.RequireColumns(input);
        return new RowAppender(_scorer, _columns, input);
    }
}
