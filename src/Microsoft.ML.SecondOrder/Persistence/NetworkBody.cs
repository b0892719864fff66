using System.Collections.Immutable;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Persistence;

/// <summary>A network as a row of plain values, and back.</summary>
internal static class NetworkBody
{
    private const int ShortestText = sizeof(int);

    public static ReadOnlyMemory<byte> Encode(FittedNetwork network, ContributionSettings? contributions = null)
    {
        var writer = new BodyWriter();
        writer.Byte((byte)network.Task);
        NetworkKinds.Write(writer, network.Network);
        ShapeBody.Write(writer, network.Shape);
        WriteFeatures(writer, network.Features);
        WriteLabel(writer, network.Label);
        SummaryFormat.Write(writer, network.Summary);
        WriteWeights(writer, network.Weights);
        writer.Double(network.Temperature);
        UncertaintyBody.Write(writer, network.Uncertainty);
        RelevanceFormat.Write(writer, network.InputRelevances);
        WriteContributions(writer, contributions);
        return writer.WrittenMemory;
    }

    /// <exception cref="FormatException">The values make no network.</exception>
    public static FittedNetwork Decode(ReadOnlyMemory<byte> body) => DecodeModel(new BodyReader(body)).Network;

    /// <inheritdoc cref="Decode"/>
    public static SavedModel DecodeModel(BodyReader reader)
    {
        var task = (NetworkTask)reader.Byte("the task");
        if (!Enum.IsDefined(task))
        {
            throw BodyReader.Damaged($"it has an unknown task, {(byte)task}");
        }

        var network = NetworkKinds.Read(reader);
        var shape = ShapeBody.Read(reader);
        if (shape.Inputs > reader.Left / sizeof(float) || shape.Outputs > reader.Left / sizeof(float))
        {
            throw BodyReader.Damaged($"it has {shape.Inputs} inputs and {shape.Outputs} outputs, but only {reader.Left} bytes follow");
        }

        var features = ReadFeatures(reader, shape);
        var label = ReadLabel(reader, task, shape);
        var summary = SummaryFormat.Read(reader);
        var weights = ReadWeights(reader, network, shape);
        var temperature = reader.Double("the temperature");
        if (!(temperature > 0 && double.IsFinite(temperature)))
        {
            throw BodyReader.Damaged(FormattableString.Invariant($"its temperature is {temperature}"));
        }

        var uncertainty = UncertaintyBody.Read(reader, task, network, shape);
        var relevances = RelevanceFormat.Read(reader, shape);
        var contributions = ReadContributions(reader);
        reader.RequireEnd();
        var fitted = new FittedNetwork(features, label)
        {
            Task = task,
            Network = network,
            Shape = shape,
            Weights = weights,
            Temperature = temperature,
            Uncertainty = uncertainty,
            InputRelevances = relevances,
            Summary = summary,
        };
        return new SavedModel(fitted, contributions);
    }

    private static void WriteContributions(BodyWriter writer, ContributionSettings? contributions)
    {
        writer.Byte(contributions is null ? (byte)0 : (byte)1);
        if (contributions is not null)
        {
            writer.Int32(contributions.Positive);
            writer.Int32(contributions.Negative);
            writer.Byte(contributions.Normalize ? (byte)1 : (byte)0);
        }
    }

    private static ContributionSettings? ReadContributions(BodyReader reader)
    {
        const string What = "the settings of the contributions";
        if (reader.Byte(What) == 0)
        {
            return null;
        }

        var (positive, negative) = (reader.Int32(What), reader.Int32(What));
        return positive >= 0 && negative >= 0
            ? new ContributionSettings(positive, negative, reader.Byte(What) != 0)
            : throw BodyReader.Damaged($"it keeps {positive} positive and {negative} negative contributions");
    }

    private static void WriteFeatures(BodyWriter writer, FeatureInput features)
    {
        FeatureColumnFormat.Write(writer, features.Columns);
        ImputationFormat.Write(writer, features.Scaling.Missing);
        writer.Doubles(features.Scaling.Offset.AsSpan());
        writer.Doubles(features.Scaling.Scale.AsSpan());
        writer.Double(features.Scaling.Limit);
    }

    private static FeatureInput ReadFeatures(BodyReader reader, NetworkShape shape)
    {
        var columns = FeatureColumnFormat.Read(reader, shape);
        var count = columns.Width();
        var missing = ImputationFormat.Read(reader, count, shape.Inputs);
        var offset = Finite(reader.Doubles(count, "the offsets of the features"), "the offsets of the features");
        var scale = Finite(reader.Doubles(count, "the scales of the features"), "the scales of the features");
        var limit = reader.Doubles(1, "the limit of the features")[0];
        if (!(limit > 0))
        {
            throw BodyReader.Damaged($"the limit of the features is {limit}");
        }

        var scaling = new FeatureScaling([.. offset], [.. scale], limit) { Missing = missing };
        return new FeatureInput(columns, scaling.Except(columns.Select(c => c.Segment)));
    }

    private static void WriteDimensions(BodyWriter writer, ImmutableArray<int> dimensions)
    {
        writer.Int32(dimensions.Length);
        foreach (var dimension in dimensions)
        {
            writer.Int32(dimension);
        }
    }

    /// <summary>A vector of <paramref name="size"/> slots, or of at most so many; null where no dimensions are given.</summary>
    private static VectorDataViewType? ReadVectorType(BodyReader reader, string column, int? size, int most)
    {
        var dimensions = new int[reader.Count(sizeof(int), "dimensions of " + column)];
        long product = 1;
        for (var i = 0; i < dimensions.Length; i++)
        {
            dimensions[i] = reader.Int32("the dimensions of " + column);
            product = dimensions[i] < 1 || product > most ? long.MaxValue : product * dimensions[i];
        }

        return dimensions.Length == 0 ? null
            : product <= most && product == (size ?? product) ? new VectorDataViewType(NumberDataViewType.Single, dimensions)
            : throw BodyReader.Damaged($"the dimensions of {column} do not make {most} numbers");
    }

    private static void WriteLabel(BodyWriter writer, LabelOutput label)
    {
        writer.Text(label.ColumnName);
        var dimensions = label.VectorType?.Dimensions ?? [];
        WriteDimensions(writer, dimensions);
        foreach (var (offset, scale) in label.Scalings)
        {
            writer.Double(offset);
            writer.Double(scale);
        }

        writer.Int32(label.SlotNames.Length);
        foreach (var name in label.SlotNames)
        {
            writer.Text(name);
        }

        ClassKeyValues.Write(writer, label.Keys);
    }

    private static LabelOutput ReadLabel(BodyReader reader, NetworkTask task, NetworkShape shape)
    {
        var name = NonEmpty(reader.Text("the name of the label column"), "the name of the label column");
        var type = ReadVectorType(reader, "the label column", shape.Outputs, shape.Outputs);
        var targets = type is null ? 1 : shape.Outputs;
        var scaling = Finite(reader.Doubles(2L * targets, "the scale of the label"), "the scale of the label");
        var slotNames = ReadSlotNames(reader);
        var keys = ClassKeyValues.Read(reader, shape.Outputs);
        RequireConsistent(task, shape, type, slotNames.Length, keys);
        return new LabelOutput(name, [.. Enumerable.Range(0, targets).Select(t => new TargetScaling(scaling[2 * t], scaling[2 * t + 1]))])
        {
            Keys = keys,
            VectorType = type,
            SlotNames = slotNames,
        };
    }

    private static ImmutableArray<string> ReadSlotNames(BodyReader reader)
    {
        var names = new string[reader.Count(ShortestText, "names of targets")];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = reader.Text("the names of the targets");
        }

        return [.. names];
    }

    private static void RequireConsistent(NetworkTask task, NetworkShape shape, VectorDataViewType? type, int names, ClassKeys? keys)
    {
        if (task != NetworkTask.MulticlassClassification && ((type is null && shape.Outputs != 1) || keys is not null))
        {
            throw BodyReader.Damaged($"a network for {task} has {shape.Outputs} outputs or values of classes");
        }

        if ((task != NetworkTask.Regression && type is not null) || (names > 0 && names != type?.Size))
        {
            throw BodyReader.Damaged($"a network for {task} has {type?.Size ?? 1} targets and {names} names for them");
        }
    }

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

            writer.Singles(values);
        }
    }

    private static ImmutableArray<NamedWeights> ReadWeights(BodyReader reader, Network network, NetworkShape shape)
    {
        var expected = Parameters(network, shape);
        var count = reader.Count(ShortestText, "parameters");
        if (count != expected.Count)
        {
            throw BodyReader.Damaged($"{network} has {expected.Count} parameters, but {count} are saved");
        }

        var weights = ImmutableArray.CreateBuilder<NamedWeights>(count);
        foreach (var (name, dimensions) in expected)
        {
            var savedName = reader.Text("the name of a parameter");
            var saved = new long[reader.Count(sizeof(long), "dimensions of a parameter")];
            for (var i = 0; i < saved.Length; i++)
            {
                saved[i] = reader.Int64("the dimensions of a parameter");
            }

            if (savedName != name || !saved.AsSpan().SequenceEqual(dimensions))
            {
                throw BodyReader.Damaged(
                    $"instead of the parameter '{name}' of shape [{string.Join(", ", dimensions)}] it holds '{savedName}' of shape [{string.Join(", ", saved)}]");
            }

            var values = reader.Singles(dimensions.Aggregate(1L, (product, d) => checked(product * d)), $"'{name}'");
            if (!values.All(float.IsFinite))
            {
                throw BodyReader.Damaged($"'{name}' is not finite");
            }

            weights.Add(new NamedWeights(name, [.. dimensions], values));
        }

        return weights.MoveToImmutable();
    }

    private static IReadOnlyList<(string Name, long[] Shape)> Parameters(Network network, NetworkShape shape)
    {
        try
        {
            return network.ParameterShapes(shape);
        }
        catch (ArgumentException error)
        {
            throw BodyReader.Damaged($"its network does not suit its inputs: {error.Message}");
        }
    }

    private static string NonEmpty(string text, string what) => text.Length > 0 ? text : throw BodyReader.Damaged($"{what} is empty");

    private static double[] Finite(double[] values, string what) =>
        values.All(double.IsFinite) ? values : throw BodyReader.Damaged($"{what} are not finite");
}
