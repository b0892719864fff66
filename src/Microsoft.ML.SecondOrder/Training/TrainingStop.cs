namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Why a training ended. The numbers are part of the model format.</summary>
public enum TrainingStop
{
    /// <summary>All epochs or steps were made.</summary>
    Completed = 0,

    /// <summary><c>Options.MaximumTrainingTime</c> was used up.</summary>
    TimeLimit = 1,

    /// <summary>The validation loss no longer fell; see <see cref="EarlyStopping"/>.</summary>
    EarlyStopping = 2,

    /// <summary>It was cancelled, and the best network so far was asked for.</summary>
    Cancelled = 3,
}
