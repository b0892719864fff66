using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.SecondOrder.AutoML;

/// <summary>
/// Search spaces of the trainers of neural networks, for <c>mlContext.Auto().CreateSweepableEstimator</c>. Their default is the trainer with its defaults.
/// A space is a dictionary: what is not to vary is removed from it, <c>space.Remove("Depth")</c>, and what is to vary otherwise replaced,
/// <c>space["Width"] = new ChoiceOption(16, 32)</c>.
/// </summary>
public static class NeuralNetworkSearchSpace
{
    /// <summary>The space of <see cref="NeuralNetworkRegressionTrainer"/>.</summary>
    /// <param name="labelColumnName">The column to learn.</param>
    /// <param name="featureColumnName">The column to learn from.</param>
    /// <param name="exampleWeightColumnName">A column that says how much each row counts; null for all alike.</param>
    /// <exception cref="ArgumentException">A name is empty.</exception>
    public static SearchSpace<NeuralNetworkRegressionParameters> Regression(
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null) =>
        Of<NeuralNetworkRegressionParameters>(labelColumnName, featureColumnName, exampleWeightColumnName);

    /// <summary>The space of <see cref="NeuralNetworkBinaryTrainer"/>.</summary>
    /// <inheritdoc cref="Regression"/>
    public static SearchSpace<NeuralNetworkBinaryParameters> Binary(
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null) =>
        Of<NeuralNetworkBinaryParameters>(labelColumnName, featureColumnName, exampleWeightColumnName);

    /// <summary>The space of <see cref="NeuralNetworkMulticlassTrainer"/>.</summary>
    /// <inheritdoc cref="Regression"/>
    public static SearchSpace<NeuralNetworkMulticlassParameters> Multiclass(
        string labelColumnName = "Label", string featureColumnName = "Features", string? exampleWeightColumnName = null) =>
        Of<NeuralNetworkMulticlassParameters>(labelColumnName, featureColumnName, exampleWeightColumnName);

    private static SearchSpace<T> Of<T>(string label, string features, string? weight)
        where T : NeuralNetworkParameters, new()
    {
        ArgumentException.ThrowIfNullOrEmpty(label, "labelColumnName");
        ArgumentException.ThrowIfNullOrEmpty(features, "featureColumnName");
        return new SearchSpace<T>(new T { LabelColumnName = label, FeatureColumnName = features, ExampleWeightColumnName = weight });
    }
}
