using System.Collections.Immutable;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Persistence;

/// <summary>How sure a network's outputs are, as a row of plain values, and back.</summary>
internal static class UncertaintyBody
{
    private const string What = "the uncertainty";
    private const int LeastLayer = 2 * sizeof(int) + 3 * sizeof(float);
    private const byte HasInterval = 1;
    private const byte SeparatesNoise = 2;
    private const byte HasUsualVariance = 4;

    public static void Write(BodyWriter writer, Uncertainty? uncertainty)
    {
        writer.Int32(uncertainty?.Layers.Length ?? 0);
        if (uncertainty is null)
        {
            return;
        }

        writer.Byte((byte)((uncertainty.Interval is null ? 0 : HasInterval | (uncertainty.Interval.SeparatesNoise ? SeparatesNoise : 0)) | (uncertainty.UsualVariance is null ? 0 : HasUsualVariance)));
        writer.Byte((byte)uncertainty.Predictive);
        writer.Byte((byte)uncertainty.PredictiveLayers);
        if (uncertainty.Interval is { } interval)
        {
            writer.Doubles([interval.Level, interval.Noise, interval.Scale]);
        }

        if (uncertainty.UsualVariance is { } usual)
        {
            writer.Double(usual);
        }

        foreach (var layer in uncertainty.Layers)
        {
            writer.Int32(layer.Inputs);
            writer.Int32(layer.Outputs);
            writer.Singles(layer.Left);
            writer.Singles(layer.Right);
            writer.Singles(layer.Variances);
        }
    }

    /// <exception cref="FormatException">The values are no uncertainty of such a network.</exception>
    public static Uncertainty? Read(BodyReader reader, NetworkTask task, Network network, NetworkShape shape)
    {
        var count = reader.Count(LeastLayer, "uncertain layers");
        if (count == 0)
        {
            return null;
        }

        int[] widths = network is MlpNetwork mlp ? [shape.Inputs, .. mlp.HiddenWidths, shape.Outputs] : [];
        if (widths.Length != count + 1 && (count != 1 || widths.Length == 0))
        {
            throw BodyReader.Damaged($"{network} has {Math.Max(0, widths.Length - 1)} layers, but {count} of them are uncertain");
        }

        var flags = reader.Byte(What);
        var predictive = (ClassPredictive)reader.Byte(What);
        var layers = (UncertainLayers)reader.Byte(What);
        var isClasses = task != NetworkTask.Regression;
        if (!Enum.IsDefined(predictive) || !Enum.IsDefined(layers) || (predictive != ClassPredictive.PlugIn && !isClasses) || (flags & ~(HasInterval | SeparatesNoise | HasUsualVariance)) != 0
            || ((flags & HasInterval) != 0 && (isClasses || shape.Outputs != 1)))
        {
            throw BodyReader.Damaged($"a network for {task} with {shape.Outputs} outputs has uncertainty of kind {flags} and {predictive}");
        }

        var uncertainty = new Uncertainty([])
        {
            Interval = (flags & HasInterval) != 0 ? ReadInterval(reader, (flags & SeparatesNoise) != 0) : null,
            Predictive = predictive,
            PredictiveLayers = layers,
            UsualVariance = (flags & HasUsualVariance) != 0 ? Positive(reader.Double(What)) : null,
        };
        return uncertainty with { Layers = ReadLayers(reader, widths[^(count + 1)..]) };
    }

    private static IntervalScale ReadInterval(BodyReader reader, bool separatesNoise)
    {
        var numbers = reader.Doubles(3, What);
        return numbers[0] < 1
            ? new IntervalScale(Positive(numbers[0]), Positive(numbers[1]), Positive(numbers[2]), separatesNoise)
            : throw BodyReader.Damaged("the level of the prediction intervals is out of range");
    }

    private static ImmutableArray<LayerUncertainty> ReadLayers(BodyReader reader, int[] widths)
    {
        var layers = ImmutableArray.CreateBuilder<LayerUncertainty>(widths.Length - 1);
        for (var l = 0; l < layers.Capacity; l++)
        {
            var (inputs, outputs) = (reader.Int32(What), reader.Int32(What));
            if (inputs != widths[l] + 1 || outputs != widths[l + 1])
            {
                throw BodyReader.Damaged($"uncertain layer {l + 1} has {inputs} inputs and {outputs} outputs");
            }

            layers.Add(new LayerUncertainty(
                inputs, outputs, Finite(reader, (long)outputs * outputs), Finite(reader, (long)inputs * inputs), Finite(reader, (long)outputs * inputs)));
        }

        return layers.MoveToImmutable();
    }

    private static double Positive(double number) =>
        number > 0 && double.IsFinite(number) ? number : throw BodyReader.Damaged(FormattableString.Invariant($"{What} holds {number}, which must be above 0"));

    private static float[] Finite(BodyReader reader, long count) =>
        reader.Singles(count, What) is var values && values.All(float.IsFinite) ? values : throw BodyReader.Damaged($"{What} is not finite");
}
