using System.Collections.Immutable;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Persistence;

/// <summary>
/// A trained network with all that stands before and after it as an ONNX model. An input for each feature column, by its name:
/// [rows, numbers], keys as whole numbers from 1. Outputs: Score; for two classes also Probability; for classes also
/// PredictedLabel, the number of the class from 0.
/// </summary>
internal static class OnnxModel
{
    /// <summary>Stands for "no limit", where infinity would make differences of infinities.</summary>
    private const double NoLimit = 1e300;

    /// <exception cref="NotSupportedException">The network is a module of the user's own, whose operations are not known, or its probabilities are not its own.</exception>
    public static ModelProto Of(FittedNetwork fitted)
    {
        var network = fitted.Network as GraphNetwork ?? throw new NotSupportedException(
            $"{fitted.Network} cannot be exported: only the built-in networks know their operations.");
        if (fitted.Uncertainty is { Predictive: not ClassPredictive.PlugIn and var predictive })
        {
            throw new NotSupportedException($"Probabilities by ClassPredictive.{predictive} cannot be exported: train with ClassPredictive.PlugIn.");
        }

        var onnx = new OnnxBuilder(fitted.Network.ToString());
        foreach (var column in fitted.Features.Columns)
        {
            onnx.Input(column.Name, column.Segment.Size);
        }

        var names = fitted.Features.Columns.Select(c => c.Name).ToArray();
        var features = names.Length == 1 ? names[0] : onnx.Append("/features", "Concat", names, ("axis", 1));
        var inputs = Scale(onnx, features, fitted.Features.Scaling);
        Finish(onnx, onnx.Append(network.Build(fitted.Shape), fitted.Weights, inputs), fitted);
        return onnx.Finish();
    }

    private static string Scale(OnnxBuilder onnx, string features, FeatureScaling scaling)
    {
        string[] indicators = [];
        if (scaling.Missing is { } missing)
        {
            var gaps = onnx.Append("/gaps", "Or", [onnx.Append("/nan", "IsNaN", [features]), onnx.Append("/infinite", "IsInf", [features])]);
            features = onnx.Append("/filled", "Where", [gaps, onnx.Constant("/values", [.. missing.Values.Select(v => (float)v)], missing.Values.Length), features]);
            if (missing.Indicators.Length > 0)
            {
                var told = onnx.Append("/told", "Gather", [gaps, onnx.Constant("/indicators", [.. missing.Indicators.Select(i => (long)i)])], ("axis", 1));
                indicators = [onnx.Append("/missing", "Cast", [told], ("to", OnnxBuilder.Float))];
            }
        }

        // In double, as in scoring: a large number less its mean keeps its digits.
        var wide = onnx.Append("/wide", "Cast", [features], ("to", OnnxBuilder.Double));
        var centred = onnx.Append("/centred", "Sub", [wide, onnx.Constant("/offset", Where(scaling, scaling.Offset, unchanged: 0), scaling.Features)]);
        var z = onnx.Append("/z", "Mul", [centred, onnx.Constant("/scale", Where(scaling, scaling.Scale, unchanged: 1), scaling.Features)]);
        var drawnIn = double.IsFinite(scaling.Limit) ? DrawIn(onnx, z, scaling) : z;
        var inputs = onnx.Append("/scaled", "Cast", [drawnIn], ("to", OnnxBuilder.Float));
        return indicators.Length == 0 ? inputs : onnx.Append("/inputs", "Concat", [inputs, .. indicators], ("axis", 1));
    }

    /// <summary>The numbers of the columns that are scaled, and <paramref name="unchanged"/> for the others.</summary>
    private static double[] Where(FeatureScaling scaling, ImmutableArray<double> values, double unchanged) =>
        [.. values.Select((value, i) => scaling.IsUnchanged(i) ? unchanged : value)];

    /// <summary>z, or ±L (1 + ln(|z| / L)) beyond the limit L.</summary>
    private static string DrawIn(OnnxBuilder onnx, string z, FeatureScaling scaling)
    {
        var limit = onnx.Constant("/limit", Where(scaling, [.. Enumerable.Repeat(scaling.Limit, scaling.Features)], NoLimit), scaling.Features);
        var size = onnx.Append("/size", "Abs", [z]);
        var excess = onnx.Append("/excess", "Log", [onnx.Append("/ratio", "Div", [onnx.Append("/bounded", "Max", [size, limit]), limit])]);
        var longer = onnx.Append("/longer", "Mul", [limit, onnx.Append("/plus", "Add", [excess, onnx.Constant("/one", [1.0], 1)])]);
        var signed = onnx.Append("/signed", "Mul", [longer, onnx.Append("/sign", "Sign", [z])]);
        return onnx.Append("/drawn", "Where", [onnx.Append("/within", "LessOrEqual", [size, limit]), z, signed]);
    }

    private static void Finish(OnnxBuilder onnx, string outputs, FittedNetwork fitted)
    {
        var count = fitted.Shape.Outputs;
        if (fitted.Temperature != 1)
        {
            outputs = onnx.Append("/tempered", "Mul", [outputs, onnx.Constant("/temperature", [(float)(1 / fitted.Temperature)], 1)]);
        }

        switch (fitted.Task)
        {
            case NetworkTask.Regression:
                var scalings = fitted.Label.Scalings;
                var wide = onnx.Append("/output", "Cast", [outputs], ("to", OnnxBuilder.Double));
                var scaled = onnx.Append("/output_scaled", "Mul", [wide, onnx.Constant("/output_scale", [.. scalings.Select(s => s.Scale)], scalings.Length)]);
                var score = onnx.Append("/score", "Add", [scaled, onnx.Constant("/output_offset", [.. scalings.Select(s => s.Offset)], scalings.Length)]);
                onnx.Append("Score", "Cast", [score], ("to", OnnxBuilder.Float));
                onnx.Output("Score", count);
                break;
            case NetworkTask.BinaryClassification:
                onnx.Append("Score", "Identity", [outputs]);
                onnx.Append("Probability", "Sigmoid", [outputs]);
                var isTrue = onnx.Append("/is_true", "Greater", [outputs, onnx.Constant("/zero", [0f], 1)]);
                onnx.Append("PredictedLabel", "Cast", [isTrue], ("to", OnnxBuilder.Int64));
                onnx.Output("Score", 1);
                onnx.Output("Probability", 1);
                onnx.Output("PredictedLabel", 1, isWhole: true);
                break;
            default:
                onnx.Append("Score", "Softmax", [outputs], ("axis", 1));
                onnx.Append("PredictedLabel", "ArgMax", [outputs], ("axis", 1), ("keepdims", 1));
                onnx.Output("Score", count);
                onnx.Output("PredictedLabel", 1, isWhole: true);
                break;
        }
    }
}
