using Microsoft.ML.SecondOrder;
using Microsoft.ML.SecondOrder.Catalog;
using Microsoft.ML.SecondOrder.Networks;

namespace Microsoft.ML;

/// <summary>Neural networks trained by second-order methods, beside ML.NET's own trainers.</summary>
public static class NeuralNetworkCatalog
{
    /// <summary>Trains a neural network that predicts a number, or several at once. Nothing needs tuning.</summary>
    /// <param name="catalog"><c>mlContext.Regression.Trainers</c>.</param>
    /// <param name="labelColumnName">The column to learn: a column of Single, or of vectors of Single of known size.</param>
    /// <param name="featureColumnName">The column to learn from: a vector of Single of known size.</param>
    /// <param name="exampleWeightColumnName">A column of Single that says how much each row counts; null for all alike.</param>
    /// <param name="network">The kind of network; null for two hidden layers of 128 units.</param>
    /// <param name="maximumNumberOfEpochs">Passes over the rows, at least 1; null to choose by their number.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument makes no sense.</exception>
    public static NeuralNetworkRegressionTrainer NeuralNetwork(
        this RegressionCatalog.RegressionTrainers catalog,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string? exampleWeightColumnName = null,
        Network? network = null,
        int? maximumNumberOfEpochs = null) =>
        catalog.NeuralNetwork(new NeuralNetworkRegressionTrainer.Options
        {
            LabelColumnName = labelColumnName,
            FeatureColumnName = featureColumnName,
            ExampleWeightColumnName = exampleWeightColumnName,
            Network = network,
            MaximumNumberOfEpochs = maximumNumberOfEpochs,
        });

    /// <summary>Trains a neural network that predicts a number, with options.</summary>
    /// <param name="catalog"><c>mlContext.Regression.Trainers</c>.</param>
    /// <param name="options">Their values count as they are now.</param>
    /// <exception cref="ArgumentOutOfRangeException">Some option makes no sense; the message names all of them.</exception>
    public static NeuralNetworkRegressionTrainer NeuralNetwork(
        this RegressionCatalog.RegressionTrainers catalog, NeuralNetworkRegressionTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new NeuralNetworkRegressionTrainer(CatalogEnvironment.Of(catalog), options);
    }

    /// <summary>Trains a neural network that predicts true or false. Nothing needs tuning.</summary>
    /// <param name="catalog"><c>mlContext.BinaryClassification.Trainers</c>.</param>
    /// <param name="labelColumnName">The column to learn: a column of Boolean.</param>
    /// <param name="featureColumnName">The column to learn from: a vector of Single of known size.</param>
    /// <param name="exampleWeightColumnName">A column of Single that says how much each row counts; null for all alike.</param>
    /// <param name="network">The kind of network; null for two hidden layers of 128 units.</param>
    /// <param name="maximumNumberOfEpochs">Passes over the rows, at least 1; null to choose by their number.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument makes no sense.</exception>
    public static NeuralNetworkBinaryTrainer NeuralNetwork(
        this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string? exampleWeightColumnName = null,
        Network? network = null,
        int? maximumNumberOfEpochs = null) =>
        catalog.NeuralNetwork(new NeuralNetworkBinaryTrainer.Options
        {
            LabelColumnName = labelColumnName,
            FeatureColumnName = featureColumnName,
            ExampleWeightColumnName = exampleWeightColumnName,
            Network = network,
            MaximumNumberOfEpochs = maximumNumberOfEpochs,
        });

    /// <summary>Trains a neural network that predicts true or false, with options.</summary>
    /// <param name="catalog"><c>mlContext.BinaryClassification.Trainers</c>.</param>
    /// <param name="options">Their values count as they are now.</param>
    /// <exception cref="ArgumentOutOfRangeException">Some option makes no sense; the message names all of them.</exception>
    public static NeuralNetworkBinaryTrainer NeuralNetwork(
        this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, NeuralNetworkBinaryTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new NeuralNetworkBinaryTrainer(CatalogEnvironment.Of(catalog), options);
    }

    /// <summary>Trains a neural network that predicts one of several classes. Nothing needs tuning.</summary>
    /// <param name="catalog"><c>mlContext.MulticlassClassification.Trainers</c>.</param>
    /// <param name="labelColumnName">The column to learn: a key column.</param>
    /// <param name="featureColumnName">The column to learn from: a vector of Single of known size.</param>
    /// <param name="exampleWeightColumnName">A column of Single that says how much each row counts; null for all alike.</param>
    /// <param name="network">The kind of network; null for two hidden layers of 128 units.</param>
    /// <param name="maximumNumberOfEpochs">Passes over the rows, at least 1; null to choose by their number.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument makes no sense.</exception>
    public static NeuralNetworkMulticlassTrainer NeuralNetwork(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string? exampleWeightColumnName = null,
        Network? network = null,
        int? maximumNumberOfEpochs = null) =>
        catalog.NeuralNetwork(new NeuralNetworkMulticlassTrainer.Options
        {
            LabelColumnName = labelColumnName,
            FeatureColumnName = featureColumnName,
            ExampleWeightColumnName = exampleWeightColumnName,
            Network = network,
            MaximumNumberOfEpochs = maximumNumberOfEpochs,
        });

    /// <summary>Trains a neural network that predicts one of several classes, with options.</summary>
    /// <param name="catalog"><c>mlContext.MulticlassClassification.Trainers</c>.</param>
    /// <param name="options">Their values count as they are now.</param>
    /// <exception cref="ArgumentOutOfRangeException">Some option makes no sense; the message names all of them.</exception>
    public static NeuralNetworkMulticlassTrainer NeuralNetwork(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, NeuralNetworkMulticlassTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new NeuralNetworkMulticlassTrainer(CatalogEnvironment.Of(catalog), options);
    }
}
