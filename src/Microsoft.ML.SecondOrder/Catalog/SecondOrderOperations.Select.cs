using Microsoft.ML.SecondOrder.Catalog;
using Microsoft.ML.SecondOrder.Selection;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder;

/// <content>Choice of a model.</content>
public sealed partial class SecondOrderOperations
{
    /// <summary>
    /// Trains candidates on the same rows, each of which predicts a number or several at once, compares them without rows held back, and returns the best: by the error on each row as if
    /// it had been left out, computed from one training; by folds; or by the evidence. See <see cref="SelectionCriterion"/> and docs/model-selection.md.
    /// </summary>
    /// <remarks>
    /// Each candidate regularises itself as its trainer does. A training that the time budget cuts off is a whole one with a faster
    /// schedule; candidates whose turn does not come are listed as such; one model is always returned.
    /// </remarks>
    /// <param name="data">All rows that there are to learn from; read several times: cache what is slow to read.</param>
    /// <param name="labelColumnName">The column to learn: Single, or a vector of Single of known size.</param>
    /// <param name="featureColumnName">The column that networks read; options and pipelines have their own.</param>
    /// <param name="exampleWeightColumnName">A column of Single that says how much each row counts; null for all alike.</param>
    /// <param name="candidates">Networks, trainers with options, or pipelines. Null for perceptrons of four sizes and a residual one.</param>
    /// <param name="timeBudget">For all trainings; null for no limit.</param>
    /// <param name="criterion">By what candidates are ranked.</param>
    /// <param name="options">The rest; null for the defaults.</param>
    /// <exception cref="ArgumentException">An argument makes no sense; the message names all that do not.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type, or a candidate's options make no sense.</exception>
    /// <exception cref="InvalidOperationException">No candidate could be trained and compared.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, and to throw.</exception>
    public SelectionResult SelectRegressionModel(
        IDataView data,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string? exampleWeightColumnName = null,
        IEnumerable<ModelCandidate>? candidates = null,
        TimeSpan? timeBudget = null,
        SelectionCriterion criterion = SelectionCriterion.Automatic,
        SelectionOptions? options = null) =>
        ModelSelection.Run(
            _context, data, new SelectionPlan(NetworkTask.Regression, labelColumnName, exampleWeightColumnName, criterion, timeBudget, options ?? new()), featureColumnName, candidates);

    /// <summary>
    /// Trains candidates on the same rows, each of which predicts true or false, compares them without rows held back, and returns the best: by the error on each row as if
    /// it had been left out, computed from one training; by folds; or by the evidence. See <see cref="SelectionCriterion"/> and docs/model-selection.md.
    /// </summary>
    /// <remarks>
    /// Each candidate regularises itself as its trainer does. A training that the time budget cuts off is a whole one with a faster
    /// schedule; candidates whose turn does not come are listed as such; one model is always returned.
    /// </remarks>
    /// <param name="data">All rows that there are to learn from; read several times: cache what is slow to read.</param>
    /// <param name="labelColumnName">The column to learn: Boolean.</param>
    /// <param name="featureColumnName">The column that networks read; options and pipelines have their own.</param>
    /// <param name="exampleWeightColumnName">A column of Single that says how much each row counts; null for all alike.</param>
    /// <param name="candidates">Networks, trainers with options, or pipelines. Null for perceptrons of four sizes and a residual one.</param>
    /// <param name="timeBudget">For all trainings; null for no limit.</param>
    /// <param name="criterion">By what candidates are ranked.</param>
    /// <param name="options">The rest; null for the defaults.</param>
    /// <exception cref="ArgumentException">An argument makes no sense; the message names all that do not.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type, or a candidate's options make no sense.</exception>
    /// <exception cref="InvalidOperationException">No candidate could be trained and compared.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, and to throw.</exception>
    public SelectionResult SelectBinaryModel(
        IDataView data,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string? exampleWeightColumnName = null,
        IEnumerable<ModelCandidate>? candidates = null,
        TimeSpan? timeBudget = null,
        SelectionCriterion criterion = SelectionCriterion.Automatic,
        SelectionOptions? options = null) =>
        ModelSelection.Run(
            _context, data, new SelectionPlan(NetworkTask.BinaryClassification, labelColumnName, exampleWeightColumnName, criterion, timeBudget, options ?? new()), featureColumnName, candidates);

    /// <summary>
    /// Trains candidates on the same rows, each of which predicts one of several classes, compares them without rows held back, and returns the best: by the error on each row as if
    /// it had been left out, computed from one training; by folds; or by the evidence. See <see cref="SelectionCriterion"/> and docs/model-selection.md.
    /// </summary>
    /// <remarks>
    /// Each candidate regularises itself as its trainer does. A training that the time budget cuts off is a whole one with a faster
    /// schedule; candidates whose turn does not come are listed as such; one model is always returned.
    /// </remarks>
    /// <param name="data">All rows that there are to learn from; read several times: cache what is slow to read.</param>
    /// <param name="labelColumnName">The column to learn: a key.</param>
    /// <param name="featureColumnName">The column that networks read; options and pipelines have their own.</param>
    /// <param name="exampleWeightColumnName">A column of Single that says how much each row counts; null for all alike.</param>
    /// <param name="candidates">Networks, trainers with options, or pipelines. Null for perceptrons of four sizes and a residual one.</param>
    /// <param name="timeBudget">For all trainings; null for no limit.</param>
    /// <param name="criterion">By what candidates are ranked.</param>
    /// <param name="options">The rest; null for the defaults.</param>
    /// <exception cref="ArgumentException">An argument makes no sense; the message names all that do not.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type, or a candidate's options make no sense.</exception>
    /// <exception cref="InvalidOperationException">No candidate could be trained and compared.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, and to throw.</exception>
    public SelectionResult SelectMulticlassModel(
        IDataView data,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string? exampleWeightColumnName = null,
        IEnumerable<ModelCandidate>? candidates = null,
        TimeSpan? timeBudget = null,
        SelectionCriterion criterion = SelectionCriterion.Automatic,
        SelectionOptions? options = null) =>
        ModelSelection.Run(
            _context, data, new SelectionPlan(NetworkTask.MulticlassClassification, labelColumnName, exampleWeightColumnName, criterion, timeBudget, options ?? new()), featureColumnName, candidates);
}
