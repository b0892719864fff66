using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Persistence;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Scoring;

/// <summary>
/// Scores rows with a trained network: appends <c>Score</c> and, by task, <c>PredictedLabel</c> and <c>Probability</c>.
/// </summary>
/// <remarks>
/// <para>Immutable and safe to share between threads. Scoring runs in managed code, needs no native library and gives
/// the same bits in every process on the same kind of processor.</para>
/// <para><see cref="Dispose"/> ends its use for everybody who shares it. A prediction engine disposes its transformer
/// with itself; create engines that share a model with <c>PredictionEngineOptions.OwnsTransformer = false</c>.</para>
/// </remarks>
public sealed class NeuralNetworkPredictionTransformer : ISingleFeaturePredictionTransformer<FittedNetwork>, IDisposable
{
    private readonly RowScorer _scorer;
    private readonly ScoreColumns _columns;

    internal NeuralNetworkPredictionTransformer(FittedNetwork network)
    {
        _scorer = new RowScorer(network);
        _columns = ScoreColumns.Of(network);
    }

    /// <summary>The trained network.</summary>
    public FittedNetwork Model => _scorer.Network;

    /// <summary>The column that the features are read from.</summary>
    public string FeatureColumnName => Model.FeatureColumnName;

    /// <summary>The type that this column must have.</summary>
    public DataViewType FeatureColumnType => Model.Features.ColumnType;

    bool ITransformer.IsRowToRowMapper => true;

    /// <summary>The input's columns and the scores.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The feature column is missing or of another type than in training.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bind(inputSchema).OutputSchema;

    /// <summary>A view of <paramref name="input"/> with the scores; rows are scored when they are read.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The feature column is missing or of another type than in training.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Bind(input.Schema).Apply(input);
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => Bind(inputSchema);

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        _scorer.RequireOpen();
        ModelContexts.Save(Model, ctx);
    }

    /// <summary>Ends the use of this transformer; more than once is allowed.</summary>
    public void Dispose() => _scorer.Close();

    private RowAppender Bind(DataViewSchema input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _scorer.RequireOpen();
        var column = input.GetColumnOrNull(FeatureColumnName) ?? throw ColumnRoles.Missing("feature", FeatureColumnName);
        return column.Type.Equals(FeatureColumnType)
            ? new RowAppender(_scorer, _columns, input, column)
            : throw ColumnRoles.Mismatch("feature", FeatureColumnName, FeatureColumnType.ToString()!, column.Type.ToString()!);
    }
}
