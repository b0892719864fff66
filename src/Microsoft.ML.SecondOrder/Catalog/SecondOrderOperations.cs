using System.Text;
using Microsoft.ML.SecondOrder.Catalog;
using Microsoft.ML.SecondOrder.Reporting;

namespace Microsoft.ML.SecondOrder;

/// <summary>Operations that are no trainer; see <see cref="SecondOrderCatalog.SecondOrder(MLContext)"/>.</summary>
public sealed class SecondOrderOperations
{
    private readonly MLContext _context;

    internal SecondOrderOperations(MLContext context) => _context = context;

    /// <summary>
    /// Looks at versions, devices and the speed of matrix products (for a fraction of a second), and says what to do about what
    /// is wrong. Never throws for what it finds.
    /// </summary>
    public Diagnosis Diagnose() => SystemCheck.Run(_context);

    /// <summary>
    /// Predicts for each of <paramref name="rows"/>, in their order: a prediction engine for whole sequences. Lazy: nothing happens
    /// before the result is enumerated.
    /// </summary>
    /// <typeparam name="TRow">A class with the columns that the model reads.</typeparam>
    /// <typeparam name="TPrediction">A class with the columns wanted.</typeparam>
    /// <param name="model">A model whose transformers all map row to row.</param>
    /// <param name="rows">With one thread each is read just before it is predicted, so that the sequence may be endless.</param>
    /// <param name="numberOfThreads">1 to 512. More than one read rows ahead and hand predictions out by the dozen.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="numberOfThreads"/> is not within 1 and 512.</exception>
    public IEnumerable<TPrediction> Predict<TRow, TPrediction>(ITransformer model, IEnumerable<TRow> rows, int numberOfThreads = 1)
        where TRow : class
        where TPrediction : class, new()
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(numberOfThreads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(numberOfThreads, 512);
        return BatchPrediction.Run<TRow, TPrediction>(_context, model, rows, numberOfThreads);
    }

    /// <summary>
    /// Compares scores with a label of several targets: what <c>mlContext.Regression.Evaluate</c> does for a single number. Rows
    /// with a missing value in label or score are left out and counted.
    /// </summary>
    /// <param name="data">Scored rows.</param>
    /// <param name="labelColumnName">A vector of Single of known size.</param>
    /// <param name="scoreColumnName">A vector of Single of the same size.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">There is no row without a missing value.</exception>
    public MultiOutputRegressionMetrics EvaluateMultiOutputRegression(
        IDataView data, string labelColumnName = "Label", string scoreColumnName = "Score")
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        ArgumentException.ThrowIfNullOrEmpty(scoreColumnName);
        return MultiOutputEvaluation.Run(data, labelColumnName, scoreColumnName);
    }

    /// <summary>
    /// Trains <paramref name="estimator"/> once a fold, on the rows of all others, and evaluates it on the fold's own: what
    /// <c>mlContext.Regression.CrossValidate</c> does for a single number. Folds are drawn as ML.NET draws them.
    /// </summary>
    /// <param name="data">Rows with features and label.</param>
    /// <param name="estimator">A pipeline that ends in a column Score.</param>
    /// <param name="numberOfFolds">At least 2.</param>
    /// <param name="labelColumnName">A vector of Single of known size.</param>
    /// <param name="samplingKeyColumnName">Rows with the same value here stay in one fold; null to draw row by row.</param>
    /// <param name="seed">Of the draw; null for the context's.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type, or there are less than 2 folds.</exception>
    /// <exception cref="InvalidOperationException">A fold has no row without a missing value.</exception>
    public IReadOnlyList<MultiOutputRegressionFold> CrossValidateMultiOutputRegression(
        IDataView data, IEstimator<ITransformer> estimator, int numberOfFolds = 5, string labelColumnName = "Label",
        string? samplingKeyColumnName = null, int? seed = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(estimator);
        ArgumentOutOfRangeException.ThrowIfLessThan(numberOfFolds, 2);
        var folds = new List<MultiOutputRegressionFold>();
        foreach (var split in _context.Data.CrossValidationSplit(data, numberOfFolds, samplingKeyColumnName, seed))
        {
            var model = estimator.Fit(split.TrainSet);
            var scored = model.Transform(split.TestSet);
            folds.Add(new(folds.Count, model, EvaluateMultiOutputRegression(scored, labelColumnName), scored));
        }

        return folds;
    }

    /// <summary>
    /// Writes a report of a trained network as one HTML file that opens anywhere without a network: results on test rows, the course of
    /// the training, layers, settings, environment. It holds no script and loads nothing.
    /// </summary>
    /// <remarks>The course of the training and its layers are not saved with a model: write the report from the model that <c>Fit</c> returned.</remarks>
    /// <param name="model">A network of this package, or a chain that holds one; of several, the last is reported.</param>
    /// <param name="testData">
    /// Rows that the network was not trained on, with labels, as <paramref name="model"/> reads them; null for a report without results.
    /// Read once.
    /// </param>
    /// <param name="filePath">The file to write; an older one is replaced.</param>
    /// <param name="title">The heading. Default null: made from the names of task and label.</param>
    /// <exception cref="ArgumentException">The model holds no network of this package.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The rows lack a column, or it has the wrong type.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SaveReport(ITransformer model, IDataView? testData, string filePath, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(filePath);
        File.WriteAllText(filePath, ReportPage.Render(FitReport.Gather(_context, model, testData, title)), new UTF8Encoding(false));
    }
}
