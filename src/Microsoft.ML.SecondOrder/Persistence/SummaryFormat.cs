using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Persistence;

/// <summary>How a network was trained, as plain values.</summary>
internal static class SummaryFormat
{
    public static void Write(BodyWriter writer, TrainingSummary summary)
    {
        writer.Int64(summary.Rows);
        writer.Int64(summary.SkippedRows);
        writer.Int64(summary.FilledRows);
        writer.Int64(summary.ValidationRows);
        writer.Byte((byte)summary.StoppedBy);
        writer.Int32(summary.BestEpoch);
        writer.Double(summary.ValidationLoss ?? double.NaN);
        writer.Int32(summary.UndoneSteps);
        writer.Int32(summary.Epochs);
        writer.Int64(summary.Steps);
        writer.Int32(summary.BatchSize);
        writer.Double(summary.LearningRate);
        writer.Double(summary.WeightDecay);
        writer.Double(summary.TrainingLoss);
        writer.Text(summary.Optimizer);
        AugmentationFormat.Write(writer, summary.Augmentation);
    }

    public static TrainingSummary Read(BodyReader reader)
    {
        const string What = "the summary of the training";
        return new TrainingSummary
        {
            Rows = reader.Int64(What),
            SkippedRows = reader.Int64(What),
            FilledRows = reader.Int64(What),
            ValidationRows = reader.Int64(What),
            StoppedBy = (TrainingStop)reader.Byte(What),
            BestEpoch = reader.Int32(What),
            ValidationLoss = reader.Double(What) is var loss && double.IsNaN(loss) ? null : loss,
            UndoneSteps = reader.Int32(What),
            Epochs = reader.Int32(What),
            Steps = reader.Int64(What),
            BatchSize = reader.Int32(What),
            LearningRate = reader.Double(What),
            WeightDecay = reader.Double(What),
            TrainingLoss = reader.Double(What),
            Optimizer = reader.Text(What),
            Augmentation = AugmentationFormat.Read(reader),
        };
    }
}
