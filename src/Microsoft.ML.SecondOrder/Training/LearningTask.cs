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

    /// <summary>Reads the label of a row as a number, or as the index of a class from 0; NaN where it is missing.</summary>
    public abstract Func<float> LabelGetter(DataViewRow row, DataViewSchema.Column label);

    public virtual TargetScaling Scaling(TrainingRows rows) => TargetScaling.None;

    /// <summary>An empty tensor for the targets of a batch, in the likelihood's form.</summary>
    public virtual torch.Tensor NewTargets(int rows) => torch.empty(rows, 1);

    /// <summary>Writes the target of one row into the memory of such a tensor.</summary>
    public virtual void WriteTarget(Span<byte> targets, int row, float target) =>
        MemoryMarshal.Cast<byte, float>(targets)[row] = target;

    /// <summary>What one row adds to the reported figure: squared error, or 1 for a right class.</summary>
    public abstract double Figure(ReadOnlySpan<float> outputs, float target);

    /// <summary>Names the mean of <see cref="Figure"/> over an epoch.</summary>
    public abstract EpochMetrics Report(EpochMetrics metrics, double meanFigure, TargetScaling scaling);

    protected static Exception LabelMismatch(SchemaShape.Column label, string expected, string remedy) =>
        ColumnRoles.Mismatch("label", label.Name, expected, label.TypeText(), remedy);
}
