using System.Text;
using Google.Protobuf;
using Microsoft.ML.Runtime;
using Microsoft.ML.SecondOrder.Catalog;
using Microsoft.ML.SecondOrder.Persistence;
using Microsoft.ML.SecondOrder.Reporting;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder;

/// <summary>Operations that are no trainer; see <see cref="SecondOrderCatalog.SecondOrder(MLContext)"/>.</summary>
public sealed partial class SecondOrderOperations
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
    /// What a whole model owes to each column of its data: the values of a column are permuted among the rows, ahead of all
    /// transforms, and the change of the metrics is what the column was worth (Breiman, 2001; Fisher et al., 2018, arXiv 1801.01489).
    /// For regression, with one target or several, binary and multiclass classification, and for any transformer or chain, ours or
    /// ML.NET's. Columns that say the same stand in for each other, and then each of them seems worth little.
    /// </summary>
    /// <param name="model">A model that appends a column Score.</param>
    /// <param name="data">Rows with the label, best such as the model was not trained on; kept in memory.</param>
    /// <param name="labelColumnName">The label after the model's transforms, as for <c>Evaluate</c>.</param>
    /// <param name="permutationCount">How often each column is permuted, at least 1; standard errors need 2.</param>
    /// <param name="columns">Columns of <paramref name="data"/> to permute; null for all that the scores depend on.</param>
    /// <param name="seed">Of the permutations; null for the context's.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has no place here, or there is nothing to permute.</exception>
    public PermutationImportance PermutationFeatureImportance(
        ITransformer model, IDataView data, string labelColumnName = "Label", int permutationCount = 5,
        IEnumerable<string>? columns = null, int? seed = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        ArgumentOutOfRangeException.ThrowIfLessThan(permutationCount, 1);
        var random = seed is { } number ? new Random(number) : ((IHostEnvironment)_context).Register(nameof(PermutationFeatureImportance)).Rand;
        return ImportanceByPermutation.Run(_context, model, data, labelColumnName, columns, permutationCount, random);
    }

    /// <summary>
    /// A transformer that says of each row what each feature contributed to its score, by integrated gradients (Sundararajan et
    /// al., 2017, arXiv 1703.01365); see <see cref="FeatureContributionTransformer"/>.
    /// </summary>
    /// <param name="model">A trained network of dense layers: the last transformer of a chain, for example.</param>
    /// <param name="numberOfPositiveContributions">How many positive contributions to keep, the largest; the others become 0. Null for all.</param>
    /// <param name="numberOfNegativeContributions">How many negative contributions to keep, the largest by size. Null for all.</param>
    /// <param name="normalize">Whether each row's contributions are divided by the largest of them by size, as ML.NET does by default.</param>
    /// <exception cref="NotSupportedException">The network is not <see cref="Networks.MlpNetwork"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number of contributions is below 0.</exception>
    public FeatureContributionTransformer FeatureContributions(
        NeuralNetworkPredictionTransformer model, int? numberOfPositiveContributions = null, int? numberOfNegativeContributions = null,
        bool normalize = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfLessThan(numberOfPositiveContributions ?? 0, 0, nameof(numberOfPositiveContributions));
        ArgumentOutOfRangeException.ThrowIfLessThan(numberOfNegativeContributions ?? 0, 0, nameof(numberOfNegativeContributions));
        return new FeatureContributionTransformer(model.Model, new ContributionSettings(
            numberOfPositiveContributions ?? int.MaxValue, numberOfNegativeContributions ?? int.MaxValue, normalize));
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
    /// Writes a trained network in the ONNX format (operator set 17), with the scaling of features and scores: other programs get
    /// the scores that this one gives, up to rounding. Transforms before the network are not part of it.
    /// </summary>
    /// <remarks>
    /// An input of Single for each feature column, by its name: [rows, numbers], keys as whole numbers from 1 and 0 where missing.
    /// Outputs: Score [rows, outputs]; for true or false also Probability [rows, 1]; for classes also PredictedLabel [rows, 1]: 0 or
    /// 1, or the number of the class from 0.
    /// </remarks>
    /// <param name="model">A trained network: the last transformer of a chain, for example.</param>
    /// <param name="stream">Written from its position on; stays open.</param>
    /// <exception cref="NotSupportedException">The network is a module of the user's own, whose operations are not known.</exception>
    public void ConvertToOnnx(NeuralNetworkPredictionTransformer model, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(stream);
        OnnxModel.Of(model.Model).WriteTo(stream);
    }

    /// <summary>
    /// Writes the weights of a trained network in the safetensors format, in single precision and by the names of its parameters: for
    /// <c>Options.InitialWeights</c> of another training, or for other programs. Scaling of features and scores is not part of it.
    /// </summary>
    /// <param name="model">A trained network: the last transformer of a chain, for example.</param>
    /// <param name="filePath">The file to write; an older one is replaced.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SaveWeights(NeuralNetworkPredictionTransformer model, string filePath)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(filePath);
        Networks.SafeTensors.Write(filePath, model.Model.Weights);
    }

    /// <summary>
    /// Writes a report of a trained network as one HTML file that opens anywhere without a network: results on test rows, the course of
    /// the training, importance of the columns, layers, settings, environment. It holds no script and loads nothing.
    /// </summary>
    /// <remarks>The course of the training and its layers are not saved with a model: write the report from the model that <c>Fit</c> returned.</remarks>
    /// <param name="model">A network of this package, or a chain that holds one; of several, the last is reported.</param>
    /// <param name="testData">
    /// Rows that the network was not trained on, with labels, as <paramref name="model"/> reads them; null for a report without results.
    /// Importance is measured on the first thousand of them, by permuting each column once.
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
