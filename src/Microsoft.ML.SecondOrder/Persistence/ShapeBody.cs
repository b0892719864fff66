using System.Collections.Immutable;
using Microsoft.ML.SecondOrder.Networks;

namespace Microsoft.ML.SecondOrder.Persistence;

/// <summary>What a network reads and gives, as plain values.</summary>
internal static class ShapeBody
{
    public static void Write(BodyWriter writer, NetworkShape shape)
    {
        writer.Int32(shape.Inputs);
        writer.Int32(shape.Outputs);
        writer.Int32(shape.Segments.Length);
        foreach (var segment in shape.Segments)
        {
            writer.Text(segment.Name);
            writer.Byte((byte)segment.Kind);
            WriteNumbers(writer, segment.Dimensions);
            WriteNumbers(writer, segment.Vocabularies);
        }
    }

    /// <exception cref="FormatException">The values make no shape.</exception>
    public static NetworkShape Read(BodyReader reader)
    {
        var (inputs, outputs) = (reader.Int32("the number of inputs"), reader.Int32("the number of outputs"));
        if (inputs < 1 || outputs < 1)
        {
            throw BodyReader.Damaged($"it has {inputs} inputs and {outputs} outputs");
        }

        var segments = new InputSegment[reader.Count(sizeof(int), "parts of the inputs")];
        long size = 0;
        for (var i = 0; i < segments.Length; i++)
        {
            segments[i] = ReadSegment(reader, inputs);
            size += segments[i].Size;
        }

        return size == inputs
            ? new NetworkShape(inputs, outputs) { Segments = [.. segments] }
            : throw BodyReader.Damaged($"the parts of the inputs make {size} inputs instead of {inputs}");
    }

    private static InputSegment ReadSegment(BodyReader reader, int inputs)
    {
        var name = reader.Text("the name of an input");
        var kind = (InputKind)reader.Byte("the kind of an input");
        var dimensions = ReadNumbers(reader);
        long product = 1;
        foreach (var dimension in dimensions)
        {
            product = dimension < 1 || product > inputs ? long.MaxValue : product * dimension;
        }

        var vocabularies = ReadNumbers(reader);
        var axes = kind switch
        {
            InputKind.Numbers => dimensions.Length is 1 or 2,
            InputKind.PlanarImage or InputKind.InterleavedImage => dimensions.Length == 3,
            InputKind.Adjacency => dimensions.Length == 2,
            InputKind.Categories or InputKind.Tokens => dimensions.Length == 1,
            _ => false,
        };
        var words = kind switch
        {
            InputKind.Categories => vocabularies.Length == product,
            InputKind.Tokens => vocabularies.Length == 1,
            _ => vocabularies.Length == 0,
        };
        return axes && words && product <= inputs && vocabularies.All(v => v >= 1)
            ? new InputSegment(name, kind, dimensions, vocabularies)
            : throw BodyReader.Damaged($"the input '{name}' has the kind {kind}, {dimensions.Length} dimensions and {vocabularies.Length} vocabularies");
    }

    private static void WriteNumbers(BodyWriter writer, ImmutableArray<int> numbers)
    {
        writer.Int32(numbers.Length);
        foreach (var number in numbers)
        {
            writer.Int32(number);
        }
    }

    private static ImmutableArray<int> ReadNumbers(BodyReader reader)
    {
        var numbers = new int[reader.Count(sizeof(int), "numbers of an input")];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = reader.Int32("the numbers of an input");
        }

        return [.. numbers];
    }
}
