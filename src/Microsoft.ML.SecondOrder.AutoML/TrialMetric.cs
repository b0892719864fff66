using Microsoft.ML.AutoML;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.AutoML;

/// <summary>The metric of an experiment, or the usual one of a network's task.</summary>
/// <param name="context">The trial's.</param>
/// <param name="manager">The experiment's; null where none was set.</param>
internal sealed class TrialMetric(MLContext context, IEvaluateMetricManager? manager)
{
    /// <summary>Whether more is better.</summary>
    public bool IsMaximize => manager?.IsMaximize ?? false;

    /// <summary>Measures a model on rows that it has not learned from.</summary>
    /// <exception cref="InvalidOperationException">There is no metric, and the model holds no network whose task would name one.</exception>
    public double Evaluate(ITransformer model, IDataView rows)
    {
        var scored = model.Transform(rows);
        if (manager is not null)
        {
            return manager.Evaluate(context, scored);
        }

        var network = FittedModels.Last(model) ?? throw new InvalidOperationException(
            $"The experiment has no metric, and the trial's model, {model.GetType().Name}, holds no network of this package. Call SetRegressionMetric or another of its kind.");
        var label = network.LabelColumnName;
        return network.Task switch
        {
            NetworkTask.BinaryClassification => context.BinaryClassification.Evaluate(scored, label).LogLoss,
            NetworkTask.MulticlassClassification => context.MulticlassClassification.Evaluate(scored, label).LogLoss,
            _ when scored.Schema[label].Type is VectorDataViewType => context.SecondOrder().EvaluateMultiOutputRegression(scored, label).RootMeanSquaredError,
            _ => context.Regression.Evaluate(scored, label).RootMeanSquaredError,
        };
    }
}
