using System.Collections.Immutable;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Persistence;

/// <summary>The state of a training as a row of plain values, and back.</summary>
internal static class CheckpointBody
{
    private const string What = "the state of the training";
    private const int ShortestText = sizeof(int);
    private const int ShortestMetrics = 64;

    public static ReadOnlySpan<byte> Encode(TrainingState state)
    {
        var writer = new BodyWriter();
        writer.Text(state.Fingerprint);
        WriteLoop(writer, state.Loop);
        WriteWeights(writer, state.Weights);
        writer.Bytes(state.Optimizer);
        WriteWeights(writer, state.Best);
        return writer.Written;
    }

    /// <exception cref="FormatException">The values make no state.</exception>
    public static TrainingState Decode(ReadOnlyMemory<byte> body)
    {
        var reader = new BodyReader(body);
        var state = new TrainingState(reader.Text(What), ReadLoop(reader), ReadWeights(reader), reader.Bytes(What), ReadWeights(reader));
        reader.RequireEnd();
        return state;
    }

    private static void WriteLoop(BodyWriter writer, LoopState state)
    {
        writer.Int64(state.Seed);
        writer.Int64(state.OptimizerSeed);
        writer.Int32(state.Epoch);
        writer.Int32(state.Batch);
        writer.Int64(state.Step);
        writer.Int64(state.Elapsed.Ticks);
        writer.Double(state.LossSum);
        writer.Double(state.FigureSum);
        writer.Int64(state.Rows);
        writer.Double(state.Recovery.Damping);
        writer.Double(state.Recovery.Rate);
        writer.Int32(state.Recovery.Failures);
        writer.Int32(state.Recovery.Calm);
        writer.Int32(state.Recovery.Undone);
        writer.Int32(state.BestEpoch);
        writer.Double(state.BestLoss);
        writer.Double(state.StoppingLoss);
        writer.Int32(state.Stale);
        WriteHyperParameters(writer, state.HyperParameters);
        WriteBestLook(writer, state.BestLook);
        AugmentationFormat.Write(writer, state.Augmentation);
        writer.Int32(state.History.Count);
        foreach (var metrics in state.History)
        {
            WriteMetrics(writer, metrics);
        }
    }

    private static LoopState ReadLoop(BodyReader reader)
    {
        var state = new LoopState
        {
            Seed = reader.Int64(What),
            OptimizerSeed = reader.Int64(What),
            Epoch = reader.Int32(What),
            Batch = reader.Int32(What),
            Step = reader.Int64(What),
            Elapsed = new TimeSpan(reader.Int64(What)),
            LossSum = reader.Double(What),
            FigureSum = reader.Double(What),
            Rows = reader.Int64(What),
            Recovery = new Recovery(reader.Double(What), reader.Double(What), reader.Int32(What), reader.Int32(What), reader.Int32(What)),
            BestEpoch = reader.Int32(What),
            BestLoss = reader.Double(What),
            StoppingLoss = reader.Double(What),
            Stale = reader.Int32(What),
            HyperParameters = ReadHyperParameters(reader),
            BestLook = ReadBestLook(reader),
            Augmentation = AugmentationFormat.Read(reader),
        };
        var history = ImmutableList.CreateBuilder<EpochMetrics>();
        for (var count = reader.Count(ShortestMetrics, "epochs"); count > 0; count--)
        {
            history.Add(ReadMetrics(reader));
        }

        return state with { History = history.ToImmutable() };
    }

    private static void WriteHyperParameters(BodyWriter writer, HyperParameters? found)
    {
        writer.Int32(found?.Precisions.Length ?? 0);
        if (found is not null)
        {
            writer.Byte((byte)found.Prior);
            writer.Double(found.Noise);
            writer.Doubles(found.Precisions.AsSpan());
        }
    }

    private static HyperParameters? ReadHyperParameters(BodyReader reader)
    {
        var count = reader.Count(sizeof(double), "prior precisions");
        if (count == 0)
        {
            return null;
        }

        var (prior, noise) = ((PriorPrecision)reader.Byte(What), reader.Double(What));
        return new HyperParameters(prior, [.. reader.Doubles(count, What)], noise);
    }

    private static void WriteBestLook(BodyWriter writer, BestLookState? best)
    {
        writer.Double(best?.LogEvidence ?? double.NaN);
        if (best is not null)
        {
            WriteHyperParameters(writer, best.Found);
            WriteWeights(writer, best.Weights);
            writer.Int32(best.Averaged);
            WriteWeights(writer, best.Mean);
        }
    }

    private static BestLookState? ReadBestLook(BodyReader reader) => ReadOptional(reader) is { } evidence
        ? new BestLookState(evidence, ReadHyperParameters(reader), ReadWeights(reader), reader.Int32(What), ReadWeights(reader))
        : null;

    private static void WriteMetrics(BodyWriter writer, EpochMetrics m)
    {
        writer.Int32(m.Epoch);
        writer.Int32(m.MaximumNumberOfEpochs);
        writer.Int64(m.Steps);
        writer.Double(m.TrainingLoss);
        writer.Double(m.RootMeanSquaredError ?? double.NaN);
        writer.Double(m.Accuracy ?? double.NaN);
        writer.Double(m.ValidationLoss ?? double.NaN);
        writer.Double(m.ValidationRootMeanSquaredError ?? double.NaN);
        writer.Double(m.ValidationAccuracy ?? double.NaN);
        writer.Byte(m.IsBest ? (byte)1 : (byte)0);
        writer.Double(m.LearningRate);
        writer.Double(m.DampingFactor);
        writer.Int64(m.Elapsed.Ticks);
        writer.Int64(m.TimeLeft.Ticks);
        writer.Double(m.RowsPerSecond);
        writer.Int32(m.UndoneSteps);
        writer.Double(m.LogEvidence ?? double.NaN);
        writer.Double(m.EffectiveParameters ?? double.NaN);
        writer.Double(m.PriorPrecision ?? double.NaN);
        writer.Double(m.WeightDecay);
        AugmentationFormat.Write(writer, m.Augmentation);
        writer.Int32(m.Layers.Count);
        foreach (var (name, damping, inputs, outputs) in m.Layers)
        {
            writer.Text(name);
            writer.Double(damping ?? double.NaN);
            writer.Double(inputs ?? double.NaN);
            writer.Double(outputs ?? double.NaN);
        }
    }

    private static EpochMetrics ReadMetrics(BodyReader reader)
    {
        var metrics = new EpochMetrics
        {
            Epoch = reader.Int32(What),
            MaximumNumberOfEpochs = reader.Int32(What),
            Steps = reader.Int64(What),
            TrainingLoss = reader.Double(What),
            RootMeanSquaredError = ReadOptional(reader),
            Accuracy = ReadOptional(reader),
            ValidationLoss = ReadOptional(reader),
            ValidationRootMeanSquaredError = ReadOptional(reader),
            ValidationAccuracy = ReadOptional(reader),
            IsBest = reader.Byte(What) != 0,
            LearningRate = reader.Double(What),
            DampingFactor = reader.Double(What),
            Elapsed = new TimeSpan(reader.Int64(What)),
            TimeLeft = new TimeSpan(reader.Int64(What)),
            RowsPerSecond = reader.Double(What),
            UndoneSteps = reader.Int32(What),
            LogEvidence = ReadOptional(reader),
            EffectiveParameters = ReadOptional(reader),
            PriorPrecision = ReadOptional(reader),
            WeightDecay = reader.Double(What),
            Augmentation = AugmentationFormat.Read(reader),
        };
        var layers = new List<LayerMetrics>();
        for (var count = reader.Count(ShortestText, "layers"); count > 0; count--)
        {
            layers.Add(new LayerMetrics(reader.Text(What), ReadOptional(reader), ReadOptional(reader), ReadOptional(reader)));
        }

        return metrics with { Layers = layers };
    }

    private static double? ReadOptional(BodyReader reader) => reader.Double(What) is var value && double.IsNaN(value) ? null : value;

    private static void WriteWeights(BodyWriter writer, ImmutableArray<NamedWeights> weights)
    {
        writer.Int32(weights.Length);
        foreach (var (name, shape, values) in weights)
        {
            writer.Text(name);
            writer.Int32(shape.Length);
            foreach (var dimension in shape)
            {
                writer.Int64(dimension);
            }

            writer.Int32(values.Length);
            writer.Singles(values);
        }
    }

    private static ImmutableArray<NamedWeights> ReadWeights(BodyReader reader)
    {
        var weights = ImmutableArray.CreateBuilder<NamedWeights>();
        for (var count = reader.Count(ShortestText, "parameters"); count > 0; count--)
        {
            var name = reader.Text(What);
            var shape = new long[reader.Count(sizeof(long), "dimensions")];
            for (var i = 0; i < shape.Length; i++)
            {
                shape[i] = reader.Int64(What);
            }

            weights.Add(new NamedWeights(name, [.. shape], reader.Singles(reader.Count(sizeof(float), "weights"), What)));
        }

        return weights.ToImmutable();
    }
}
