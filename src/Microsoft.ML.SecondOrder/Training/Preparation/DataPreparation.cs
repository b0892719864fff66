using System.Collections.Immutable;
using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.SecondOrder.Networks;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>From data views to rows that a network can learn from: read, divided and scaled.</summary>
/// <param name="settings">What the user asks for.</param>
/// <param name="task">Reads labels.</param>
/// <param name="initial">A network whose scaling is kept; null for a scaling that suits the rows.</param>
/// <param name="seed">Of the order of rows and of what is drawn from them.</param>
/// <param name="cancellation">Asked while rows are read.</param>
/// <param name="channel">Told what happens.</param>
internal sealed class DataPreparation(TrainingSettings settings, LearningTask task, FittedNetwork? initial, long seed, Cancellation cancellation, IChannel channel)
{
    private const int SampleStream = -2;
    private const int ValidationStream = -3;

    /// <summary>Part of the memory budget that validation rows may take.</summary>
    private const int ValidationPart = 4;

    private readonly RowReader _reader = new(
        settings.Columns, task, keepsIncomplete: initial is null ? settings.MissingFeatures != MissingFeatures.Skip : initial.Features.Scaling.Missing is not null, cancellation, channel);

    /// <param name="data">The rows to learn from, of a checked schema.</param>
    /// <param name="validation">Rows to measure with; null to hold some back, if any.</param>
    /// <exception cref="InvalidOperationException">There are no rows to learn from.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public TrainingData Prepare(IDataView data, IDataView? validation)
    {
        var fingerprint = settings.Checkpoints is null ? null : new DataFingerprint();
        var capacity = Capacity(data.Schema);
        var sample = _reader.Read(data, capacity, Seeds.Random(seed, SampleStream), fingerprint);
        var fraction = validation is null ? settings.HeldBack : 0;
        var holdOut = new HoldOut(fraction, seed);
        if (fraction > 0 && sample.Rows.Count < 2)
        {
            throw new InvalidOperationException("Options.ValidationSetFraction needs at least 2 rows, one of them to learn from, but there is 1.");
        }

        var (training, measured) = fraction > 0 ? Divide(sample, holdOut) : (sample.Rows, null);
        var scaling = Scaling(training, data.Schema);
        var source = Augmented(
            sample.IsAll ? new MemoryRows(scaling.Apply(training), seed) : Streamed(data, sample, scaling, holdOut, capacity),
            settings.Columns.Features.Of(data.Schema), scaling.Features);
        measured ??= validation is null ? null : Validation(validation, data.Schema, fingerprint);
        return new TrainingData(
            source, measured is null ? null : new ValidationRows(scaling.Apply(measured), task, scaling, cancellation),
            scaling, sample.Skipped, sample.Incomplete, fingerprint?.Value ?? 0);
    }

    private static (TrainingRows Training, TrainingRows Validation) Divide(RowSample sample, HoldOut holdOut)
    {
        if (sample.IsAll)
        {
            var (training, validation) = holdOut.Split(sample.Rows.Count);
            return (sample.Rows.Of(training), sample.Rows.Of(validation));
        }

        var places = Enumerable.Range(0, sample.Rows.Count).ToLookup(i => holdOut.Takes(sample.Numbers[i]));
        return (sample.Rows.Of([.. places[false]]), sample.Rows.Of([.. places[true]]));
    }

    /// <summary>The rows that the memory budget holds.</summary>
    private int Capacity(DataViewSchema schema)
    {
        var budget = settings.MemoryBudget ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;
        var bytes = sizeof(float) * (settings.Columns.Features.Of(schema).Width() + task.Targets(schema[settings.Columns.Label]) + 1L);
        return (int)Math.Clamp(budget / bytes, 2, int.MaxValue);
    }

    private RowScaling Scaling(TrainingRows rows, DataViewSchema schema)
    {
        var features = initial?.Features.Scaling ?? Features(rows.Features, settings.Columns.Features.Of(schema));
        var targets = initial?.Label.Scalings ?? task.Scalings(rows);
        var classes = settings.ClassWeights?.Factors(task.Classes(schema[settings.Columns.Label]), rows.Labels, rows.Weights) ?? [];
        return new RowScaling(features, targets, classes);
    }

    private FeatureScaling Features(FloatRows rows, ImmutableArray<FeatureColumn> columns)
    {
        var scaling = (settings.RobustFeatures ? FeatureScaling.FitRobust(rows) : FeatureScaling.Fit(rows)).For([.. columns.Select(c => c.Segment)]);
        return settings.MissingFeatures == MissingFeatures.Skip ? scaling : scaling with { Missing = Imputation.Fit(rows, settings.MissingFeatures) };
    }

    /// <exception cref="ArgumentOutOfRangeException">Images are to be changed, but there are none.</exception>
    private RowSource Augmented(RowSource rows, ImmutableArray<FeatureColumn> columns, FeatureScaling scaling)
    {
        if (settings.Augmentation is not { } augmentation)
        {
            return rows;
        }

        var segments = columns.Select(c => c.Segment).ToList();
        return segments.Any(s => s.Kind is InputKind.PlanarImage or InputKind.InterleavedImage)
            ? new AugmentedRows(rows, augmentation, segments, scaling, seed)
            : throw new ArgumentOutOfRangeException(
                "Augmentation", $"Options.Augmentation changes images, but the features are {string.Join("; ", segments)}, read by {settings.Columns.Features.Reader}. {NetworkRemedies.Image} Take a Network that reads images, such as Network.Convolutional.");
    }

    private StreamedRows Streamed(IDataView data, RowSample sample, RowScaling scaling, HoldOut holdOut, int capacity)
    {
        var count = 0L;
        for (var row = 0L; row < sample.Count; row++)
        {
            count += holdOut.Takes(row) ? 0 : 1;
        }

        channel.Info(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture,
            $"The {sample.Count:N0} rows take more than Options.MemoryBudget: they are read anew each epoch, through a buffer of {capacity:N0} rows that shuffles them; scales come from a sample as large"));
        return new StreamedRows(
            () => _reader.Open(data), scaling, holdOut, checked((int)count), (sample.Rows.Features.Width, sample.Rows.Targets),
            settings.Columns.Weight is not null || settings.ClassWeights is not null, capacity, seed);
    }

    private TrainingRows Validation(IDataView validation, DataViewSchema schema, DataFingerprint? fingerprint)
    {
        settings.Columns.Check(SchemaShapes.Of(validation.Schema), task);
        foreach (var name in settings.Columns.Features.Names)
        {
            Same("feature", name, schema, validation.Schema);
        }

        Same("label", settings.Columns.Label, schema, validation.Schema);
        var sample = _reader.Read(validation, Math.Max(1, Capacity(schema) / ValidationPart), Seeds.Random(seed, ValidationStream), fingerprint);
        if (!sample.IsAll)
        {
            channel.Info(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture,
                $"Validating with {sample.Rows.Count:N0} of {sample.Count:N0} rows: more would take more than Options.MemoryBudget allows"));
        }

        return sample.Rows;
    }

    private static void Same(string role, string name, DataViewSchema training, DataViewSchema validation)
    {
        var (expected, actual) = (training[name].Type, validation[name].Type);
        if (!expected.Equals(actual))
        {
            throw ColumnRoles.Mismatch(role, name, $"{expected} in the validation data, as in the training data", actual.ToString()!);
        }
    }
}
