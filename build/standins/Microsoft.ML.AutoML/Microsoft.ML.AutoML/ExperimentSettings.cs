namespace Microsoft.ML.AutoML;

public abstract class ExperimentSettings
{
    public int MaxModels = int.MaxValue;

    public ExperimentSettings()
    {
    }

    public uint MaxExperimentTimeInSeconds { get; set; } = 86_400;

    public CancellationToken CancellationToken { get; set; }
}
