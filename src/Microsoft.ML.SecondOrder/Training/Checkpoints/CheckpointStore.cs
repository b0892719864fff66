namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Keeps the state of one training. Files are the business of a later room.</summary>
internal abstract class CheckpointStore
{
    /// <summary>Where it is kept, for messages.</summary>
    public abstract string Place { get; }

    /// <summary>Makes sure that there is a place to save to.</summary>
    /// <exception cref="IOException">There is none.</exception>
    public abstract void Prepare();

    /// <summary>What was last saved; null for nothing.</summary>
    /// <exception cref="FormatException">It is damaged or from a newer version.</exception>
    public abstract TrainingState? Load();

    /// <summary>Saves, so that an interruption leaves either the state before or this one.</summary>
    /// <exception cref="IOException">It could not be written; the state before is still there.</exception>
    public abstract void Save(TrainingState state);

    /// <summary>Forgets what was saved: the training is done.</summary>
    public abstract void Clear();
}
