using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Likelihoods;
using TorchSharp;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>What differs in training between the tasks: label, loss, number of outputs, what is reported.</summary>
internal abstract class LearningTask
{
    public static LearningTask Of(NetworkTask task, RegressionLoss loss = RegressionLoss.Huber) => task switch
    {
        NetworkTask.Regression => new RegressionTask(loss),
        NetworkTask.BinaryClassification => new BinaryTask(),
        NetworkTask.MulticlassClassification => new MulticlassTask(),
        _ => throw new ArgumentOutOfRangeException(nameof(task), task, "Unknown task."),
    };

    public abstract NetworkTask Kind { get; }

    public abstract Likelihood Likelihood { get; }

    /// <exception cref="ArgumentOutOfRangeException">The label has the wrong type.</exception>
    public abstract void CheckLabel(SchemaShape.Column label);

    /// <summary>Outputs that the network needs for a label column of a checked schema.</summary>
    public abstract int Outputs(DataViewSchema.Column label);

    /// <summary>Classes of a label column of a checked schema; 0 for numbers.</summary>
    public virtual int Classes(DataViewSchema.Column label) => 0;

    /// <summary>Numbers that make up the label of a row, T: one, except for a vector.</summary>
    public virtual int Targets(DataViewSchema.Column label) => 1;

    /// <summary>Reads the label of a row as numbers, or as the index of a class from 0; NaN where it is missing.</summary>
    public abstract LabelReader LabelGetter(DataViewRow row, DataViewSchema.Column label);

    /// <summary>One a target; a single one that changes nothing for classes.</summary>
    public virtual ImmutableArray<TargetScaling> Scalings(TrainingRows rows) => [TargetScaling.None];

    /// <summary>An empty tensor for the targets of a batch, in the likelihood's form.</summary>
    public virtual torch.Tensor NewTargets(int rows, int targets) => torch.empty(rows, targets);

    /// <summary>Writes the targets of one row, [T], into the memory of such a tensor.</summary>
    public virtual void WriteTargets(Span<byte> targets, int row, ReadOnlySpan<float> values) =>
        values.CopyTo(MemoryMarshal.Cast<byte, float>(targets)[(row * values.Length)..]);

    /// <summary>What one row adds to the reported figure: squared error in the label's unit, or 1 for a right class.</summary>
    /// <param name="outputs">[O]</param>
    /// <param name="targets">[T], scaled.</param>
    /// <param name="scalings">As <see cref="Scalings"/> gave them.</param>
    public abstract double Figure(ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, ReadOnlySpan<TargetScaling> scalings);

    /// <summary>Names the mean of <see cref="Figure"/> over an epoch.</summary>
    public abstract EpochMetrics Report(EpochMetrics metrics, double meanFigure);

    protected static Exception LabelMismatch(SchemaShape.Column label, string expected, string remedy) =>
        ColumnRoles.Mismatch("label", label.Name, expected, label.TypeText(), remedy);

    /// <summary>Reads a label of one number.</summary>
    protected static LabelReader Single<T>(DataViewRow row, DataViewSchema.Column label, Func<T, float> number)
    {
        var getter = row.GetGetter<T>(label);
        return target =>
        {
            T value = default!;
            getter(ref value);
            target[0] = number(value);
        };
    }
}

/// <summary>Writes the label of the current row to <paramref name="target"/>: [T].</summary>
internal delegate void LabelReader(Span<float> target);
