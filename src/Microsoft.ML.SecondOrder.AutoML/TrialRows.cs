using Microsoft.ML.AutoML;
using static Microsoft.ML.DataOperationsCatalog;

namespace Microsoft.ML.SecondOrder.AutoML;

/// <summary>The rows of an experiment, as <c>SetDataset</c> gave them.</summary>
internal sealed class TrialRows(MLContext context, IDatasetManager manager, TrialSettings settings)
{
    private const int UsualFolds = 5;

    private readonly ICrossValidateDatasetManager? _folds = manager as ICrossValidateDatasetManager;

    /// <summary>The trial's.</summary>
    public MLContext Context => context;

    /// <summary>To learn from.</summary>
    public IDataView All { get; } = manager switch
    {
        ICrossValidateDatasetManager folds => folds.Dataset,
        ITrainValidateDatasetManager sets => sets.LoadTrainDataset(context, settings),
        _ => throw new InvalidOperationException($"The experiment's rows are held by {manager.GetType()}, of which none can be taken. Call SetDataset on the experiment."),
    };

    /// <summary>To measure with; null where there are folds.</summary>
    public IDataView? Validation { get; } = (manager as ITrainValidateDatasetManager)?.LoadValidateDataset(context, settings);

    /// <param name="number">How many; null for those of the experiment.</param>
    /// <param name="seed">Of the draw.</param>
    public IEnumerable<TrainTestData> Folds(int? number, int seed) =>
        context.Data.CrossValidationSplit(All, number ?? _folds?.Fold ?? UsualFolds, _folds?.SamplingKeyColumnName, seed);
}
