using System.Collections.Immutable;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Persistence;

/// <summary>How sure a network's numbers are, as a row of plain values, and back.</summary>
internal static class UncertaintyBody
{
    private const string What = "the prediction intervals";
    private const int LeastLayer = 2 * sizeof(int) + 3 * sizeof(float);

    public static void Write(BodyWriter writer, Uncertainty? uncertainty)
    {
        writer.Int32(uncertainty?.Layers.Length ?? 0);
        if (uncertainty is null)
        {
            return;
        }

        writer.Doubles([uncertainty.Level, uncertainty.Noise, uncertainty.Scale]);
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
    public static Uncertainty? Read(BodyReader reader, Network network, NetworkShape shape)
    {
        var count = reader.Count(LeastLayer, "layers of prediction intervals");
        if (count == 0)
        {
            return null;
        }

        int[] widths = network is MlpNetwork mlp && shape.Outputs == 1 ? [shape.Inputs, .. mlp.HiddenWidths, 1] : [];
        if (widths.Length != count + 1)
        {
            throw BodyReader.Damaged($"{network} has {Math.Max(0, widths.Length - 1)} layers for prediction intervals, but {count} are saved");
        }

        var numbers = reader.Doubles(3, What);
        if (!(numbers[0] > 0 && numbers[0] < 1 && numbers[1] > 0 && numbers[2] > 0 && numbers.All(double.IsFinite)))
        {
            throw BodyReader.Damaged("the level, noise or scale of the prediction intervals is out of range");
        }

        var layers = ImmutableArray.CreateBuilder<LayerUncertainty>(count);
        for (var l = 0; l < count; l++)
        {
            var (inputs, outputs) = (reader.Int32(What), reader.Int32(What));
            if (inputs != widths[l] + 1 || outputs != widths[l + 1])
            {
                throw BodyReader.Damaged($"layer {l + 1} of the prediction intervals has {inputs} inputs and {outputs} outputs");
            }

            layers.Add(new LayerUncertainty(
                inputs, outputs, Finite(reader, (long)outputs * outputs), Finite(reader, (long)inputs * inputs), Finite(reader, (long)outputs * inputs)));
        }

        return new Uncertainty(numbers[0], numbers[1], numbers[2], layers.MoveToImmutable());
    }

    private static float[] Finite(BodyReader reader, long count) =>
        reader.Singles(count, What) is var values && values.All(float.IsFinite) ? values : throw BodyReader.Damaged($"{What} are not finite");
}
