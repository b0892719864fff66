namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Where and how often the state of a training is saved.</summary>
/// <param name="Store">Where.</param>
/// <param name="Epochs">Every so many epochs; null for none.</param>
/// <param name="Time">Whenever so much time has passed; null for never.</param>
internal sealed record CheckpointSettings(CheckpointStore Store, int? Epochs, TimeSpan? Time)
{
    /// <summary>Where neither is given: after an epoch, but not more often than this.</summary>
    public static readonly TimeSpan LeastPause = TimeSpan.FromSeconds(10);
}
