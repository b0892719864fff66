namespace Microsoft.ML.SecondOrder.Training;

/// <summary>
/// Writes the course of a training where TensorBoard finds it: <c>tensorboard --logdir FOLDER</c>. Trainers do so by themselves
/// where <c>Options.TensorBoardFolder</c> is set; elsewhere, give <see cref="Write"/> to <c>Options.MetricsCallback</c>, or write
/// numbers of your own with <see cref="Scalar"/>.
/// </summary>
/// <remarks>
/// Every writer makes a run of its own, a folder <c>run1</c>, <c>run2</c>, …, so that the folds of a cross-validation can be
/// compared. Owns its file; not for several threads at once.
/// </remarks>
public sealed class TensorBoardWriter : IDisposable
{
    private readonly FileStream _file;
    private readonly TimeProvider _clock;

    /// <param name="folder">Where the runs are; made if it does not exist.</param>
    /// <param name="clock">Tells the time that events carry. Default null: the system's.</param>
    /// <exception cref="IOException">The folder or the file cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or the file must not be made.</exception>
    public TensorBoardWriter(string folder, TimeProvider? clock = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _clock = clock ?? TimeProvider.System;
        _file = NextRun(folder);
        _file.Write(EventRecord.Version(Now));
        _file.Flush();
    }

    /// <summary>The file of this run.</summary>
    public string FilePath => _file.Name;

    private double Now => (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    /// <summary>Writes one number.</summary>
    /// <param name="tag">The name of its chart, such as <c>loss/training</c>: what precedes the slash groups charts.</param>
    /// <param name="step">Its place on the horizontal axis.</param>
    /// <param name="value">The number; stored in single precision.</param>
    /// <exception cref="ObjectDisposedException">The writer was disposed.</exception>
    public void Scalar(string tag, long step, double value)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        _file.Write(EventRecord.Scalar(Now, step, tag, (float)value));
    }

    /// <summary>Writes what is known of an epoch, with its number as the step, and hands it to the system at once.</summary>
    /// <exception cref="ObjectDisposedException">The writer was disposed.</exception>
    public void Write(EpochMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        foreach (var (tag, value) in Scalars(metrics))
        {
            if (value is { } number)
            {
                Scalar(tag, metrics.Epoch, number);
            }
        }

        _file.Flush();
    }

    /// <summary>Closes the file; more than once is allowed.</summary>
    public void Dispose() => _file.Dispose();

    private static IEnumerable<(string Tag, double? Value)> Scalars(EpochMetrics m) =>
    [
        ("loss/training", m.TrainingLoss),
        ("loss/validation", m.ValidationLoss),
        ("accuracy/training", m.Accuracy),
        ("accuracy/validation", m.ValidationAccuracy),
        ("root mean squared error/training", m.RootMeanSquaredError),
        ("root mean squared error/validation", m.ValidationRootMeanSquaredError),
        ("training/learning rate", m.LearningRate),
        ("training/damping factor", m.DampingFactor),
        ("training/rows per second", m.RowsPerSecond > 0 ? m.RowsPerSecond : null),
        .. m.Layers.Select(l => ($"damping/{l.Name}", l.Damping)),
        .. m.Layers.Select(l => ($"mean curvature/{l.Name}", l.InputCurvature * l.OutputCurvature)),
    ];

    /// <summary>The file of the first run that does not exist yet; made by one writer only, even where several look at once.</summary>
    private static FileStream NextRun(string folder)
    {
        for (var run = 1; ; run++)
        {
            var path = Path.Combine(folder, FormattableString.Invariant($"run{run}"), "events.out.tfevents.secondorder");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            try
            {
                return new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
            }
            catch (IOException) when (File.Exists(path))
            {
                // Another run's.
            }
        }
    }
}
