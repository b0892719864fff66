using static Microsoft.ML.DataOperationsCatalog;

namespace Microsoft.ML.AutoML;

public static class AutoMLExperimentExtension
{
    /// <summary>The parts of the rows are not sampled: the parameter is here for the signature.</summary>
    public static AutoMLExperiment SetDataset(this AutoMLExperiment experiment, IDataView train, IDataView validation, bool subSamplingTrainDataset = false) =>
        With<IDatasetManager>(experiment, new TrainValidateDatasetManager(train, validation));

    public static AutoMLExperiment SetDataset(this AutoMLExperiment experiment, TrainTestData trainValidationSplit) =>
        experiment.SetDataset(trainValidationSplit.TrainSet, trainValidationSplit.TestSet);

    public static AutoMLExperiment SetDataset(this AutoMLExperiment experiment, IDataView dataset, int fold = 10, string samplingKeyColumnName = null) =>
        With<IDatasetManager>(experiment, new CrossValidateDatasetManager { Dataset = dataset, Fold = fold, SamplingKeyColumnName = samplingKeyColumnName });

    public static AutoMLExperiment SetBinaryClassificationMetric(
        this AutoMLExperiment experiment, BinaryClassificationMetric metric, string labelColumn = "label", string predictedColumn = "PredictedLabel") =>
        With(experiment, MetricManager.Of(metric, labelColumn, predictedColumn));

    public static AutoMLExperiment SetMulticlassClassificationMetric(
        this AutoMLExperiment experiment, MulticlassClassificationMetric metric, string labelColumn = "label", string predictedColumn = "PredictedLabel") =>
        With(experiment, MetricManager.Of(metric, labelColumn, predictedColumn));

    public static AutoMLExperiment SetRegressionMetric(
        this AutoMLExperiment experiment, RegressionMetric metric, string labelColumn = "Label", string scoreColumn = "Score") =>
        With(experiment, MetricManager.Of(metric, labelColumn, scoreColumn));

    public static AutoMLExperiment SetPipeline(this AutoMLExperiment experiment, SweepablePipeline pipeline)
    {
        experiment.AddSearchSpace(AutoMLExperiment.PipelineSearchspaceName, pipeline.SearchSpace);
        With(experiment, pipeline).SetTrialRunner<PipelineTrialRunner>();
        return experiment.SetTuner(services => new DefaultFirstTuner(Settings(services).SearchSpace, Settings(services).Seed));
    }

    public static AutoMLExperiment SetRandomSearchTuner(this AutoMLExperiment experiment, int? seed = null) =>
        experiment.SetTuner(services => new RandomSearchTuner(Settings(services).SearchSpace, seed ?? Settings(services).Seed));

    private static AutoMLExperiment.AutoMLExperimentSettings Settings(IServiceProvider services) =>
        (AutoMLExperiment.AutoMLExperimentSettings)services.GetService(typeof(AutoMLExperiment.AutoMLExperimentSettings));

    private static AutoMLExperiment With(AutoMLExperiment experiment, MetricManager metric)
    {
        With<IMetricManager>(experiment, metric);
        return With<IEvaluateMetricManager>(experiment, metric);
    }

    private static AutoMLExperiment With<T>(AutoMLExperiment experiment, T service)
        where T : class
    {
        experiment.Services.AddShared(_ => service);
        return experiment;
    }
}
