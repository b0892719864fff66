using System.Runtime.InteropServices;
using Google.Protobuf;

namespace Microsoft.ML.SecondOrder.Persistence;

/// <summary>Collects the nodes and constants of an ONNX graph. Results are named by strings, unique in the graph.</summary>
internal sealed class OnnxBuilder
{
    /// <summary>The set of operators that is used: the first with layer normalisation.</summary>
    private const int OperatorSet = 17;

    private const int IntermediateRepresentation = 8;

    /// <summary>The format's numbers of the types of numbers.</summary>
    public const int Float = 1;

    /// <inheritdoc cref="Float"/>
    public const int Int64 = 7;

    /// <inheritdoc cref="Float"/>
    public const int Double = 11;

    private readonly GraphProto _graph = new();
    private readonly HashSet<string> _constants = [];

    public OnnxBuilder(string name) => _graph.Name = name;

    /// <summary>Appends an operator with one result.</summary>
    /// <param name="result">The name of the result.</param>
    /// <param name="kind">The ONNX operator.</param>
    /// <param name="operands">Names of results, constants or inputs.</param>
    /// <param name="attributes">Whole numbers, lists of them, or single-precision numbers.</param>
    /// <returns><paramref name="result"/>.</returns>
    public string Append(string result, string kind, string[] operands, params (string Name, object Value)[] attributes)
    {
        var node = new NodeProto { Name = result, OpType = kind };
        node.Input.Add(operands);
        node.Output.Add(result);
        node.Attribute.Add(attributes.Select(a => Attribute(a.Name, a.Value)));
        _graph.Node.Add(node);
        return result;
    }

    /// <summary>A constant of single-precision numbers.</summary>
    /// <returns><paramref name="name"/>.</returns>
    public string Constant(string name, ReadOnlySpan<float> values, params long[] shape) => Constant(name, Float, MemoryMarshal.AsBytes(values), shape);

    /// <summary>A constant of double-precision numbers.</summary>
    /// <returns><paramref name="name"/>.</returns>
    public string Constant(string name, ReadOnlySpan<double> values, params long[] shape) => Constant(name, Double, MemoryMarshal.AsBytes(values), shape);

    /// <summary>A constant of whole numbers: [n].</summary>
    /// <returns><paramref name="name"/>.</returns>
    public string Constant(string name, params long[] values) => Constant(name, Int64, MemoryMarshal.AsBytes(values.AsSpan()), [values.Length]);

    /// <summary>An input of single-precision numbers: [rows, columns] for any number of rows.</summary>
    public void Input(string name, int columns) => _graph.Input.Add(Value(name, Float, columns));

    /// <summary>An output: [rows, columns].</summary>
    /// <param name="name">A result.</param>
    /// <param name="columns">Numbers of a row.</param>
    /// <param name="isWhole">Whether they are whole numbers.</param>
    public void Output(string name, int columns, bool isWhole = false) => _graph.Output.Add(Value(name, isWhole ? Int64 : Float, columns));

    /// <summary>The finished model.</summary>
    public ModelProto Finish() => new()
    {
        IrVersion = IntermediateRepresentation,
        ProducerName = "Microsoft.ML.SecondOrder",
        ProducerVersion = typeof(OnnxBuilder).Assembly.GetName().Version!.ToString(3),
        Graph = _graph,
        OpsetImport = { new OperatorSetIdProto { Version = OperatorSet } },
    };

    private static AttributeProto Attribute(string name, object value) => value switch
    {
        float number => new AttributeProto { Name = name, Type = AttributeProto.Types.Kind.Float, F = number },
        int number => new AttributeProto { Name = name, Type = AttributeProto.Types.Kind.Int, I = number },
        long[] numbers => new AttributeProto { Name = name, Type = AttributeProto.Types.Kind.Ints, Ints = { numbers } },
        _ => throw new ArgumentException($"'{name}' is a {value.GetType().Name}, which no attribute of an operator is here.", nameof(value)),
    };

    private static ValueInfoProto Value(string name, int type, int columns)
    {
        var shape = new TensorShapeProto
        {
            Dim = { new TensorShapeProto.Types.Dimension { DimParam = "rows" }, new TensorShapeProto.Types.Dimension { DimValue = columns } },
        };
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = type, Shape = shape } } };
    }

    private string Constant(string name, int type, ReadOnlySpan<byte> bytes, long[] shape)
    {
        if (_constants.Add(name))
        {
            // The format is little-endian, as is every processor that .NET runs on.
            _graph.Initializer.Add(new TensorProto { Name = name, DataType = type, Dims = { shape }, RawData = ByteString.CopyFrom(bytes) });
        }

        return name;
    }
}
