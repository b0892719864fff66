using System.Collections.Immutable;
using Microsoft.ML.SecondOrder.Networks;

namespace Microsoft.ML.SecondOrder.Persistence;

/// <summary>The operations of a network's graph as ONNX operators.</summary>
internal static class OnnxOperations
{
    /// <summary>Appends a whole graph.</summary>
    /// <param name="onnx">Where to.</param>
    /// <param name="graph">The network.</param>
    /// <param name="weights">Its parameters.</param>
    /// <param name="input">The name of the inputs, [rows, I].</param>
    /// <returns>The name of the outputs, [rows, O].</returns>
    public static string Append(this OnnxBuilder onnx, NetworkGraph graph, IEnumerable<NamedWeights> weights, string input)
    {
        var byName = weights.ToDictionary(w => w.Name);
        var results = new string[graph.Nodes.Count];
        results[0] = input;
        for (var i = 1; i < results.Length; i++)
        {
            var node = graph.Nodes[i];
            results[i] = new NodeWriter(onnx, node, [.. node.Operands.Select(o => results[o])], graph.OperandShapes(i), byName).Write();
        }

        return results[^1];
    }

    private sealed class NodeWriter(
        OnnxBuilder onnx, GraphNode node, string[] x, IReadOnlyList<ImmutableArray<int>> shapes, Dictionary<string, NamedWeights> weights)
    {
        private string Name => node.Name;

        public string Write() => node.Operation switch
        {
            Dense => DenseLayer(),
            Convolution c => onnx.Append(
                Name, "Conv", c.HasBias ? [x[0], Weight("weight"), Weight("bias")] : [x[0], Weight("weight")],
                ("kernel_shape", Twice(c.Kernel)), ("strides", Twice(c.Stride)), ("pads", new long[] { c.Padding, c.Padding, c.Padding, c.Padding })),
            LayerNormalize => onnx.Append(
                Name, "LayerNormalization", [x[0], Weight("weight"), Weight("bias")], ("axis", -1), ("epsilon", (float)LayerNormalize.Epsilon)),
            GroupNormalize g => Groups(g),
            Lookup => onnx.Append(Name, "Gather", [Weight("weight"), onnx.Append($"{Name}/ids", "Cast", x, ("to", 7))]),
            Activate a => Activation(a.Function),
            TimesParameter => onnx.Append(Name, "Mul", [x[0], Weight()]),
            PlusParameter => onnx.Append(Name, "Add", [x[0], Weight()]),
            PrependParameter => Prepend(),
            Add => onnx.Append(Name, "Add", x),
            MatrixProduct p => Product(p),
            Softmax => onnx.Append(Name, "Softmax", x, ("axis", -1)),
            Reshape r => Reshaped(Name, x[0], r.Shape.Items),
            Permute p => onnx.Append(Name, "Transpose", x, ("perm", new[] { 0L }.Concat(p.Axes.Items.Select(a => a + 1L)).ToArray())),
            Slice s => onnx.Append(Name, "Slice", [x[0], Whole("start", s.Start), Whole("end", s.Start + s.Length), Whole("axis", 1)]),
            Concatenate => onnx.Append(Name, "Concat", x, ("axis", 1)),
            MeanOfFirst => onnx.Append(Name, "ReduceMean", x, ("axes", new long[] { 1 }), ("keepdims", 0)),
            MaximumPool p => onnx.Append(Name, "MaxPool", x, ("kernel_shape", Twice(p.Window)), ("strides", Twice(p.Stride))),
            PaddingMask => Mask(),
            PlusConstants c => onnx.Append(Name, "Add", [x[0], onnx.Constant($"{Name}/constants", [.. c.Numbers.Items.Select(n => (float)n)], c.Numbers.Items.Length)]),
            NormalizeAdjacency => Adjacency(),
            var other => throw new NotSupportedException($"{other.GetType().Name} has no form in ONNX."),
        };

        private static long[] Twice(int value) => [value, value];

        private string Weight(string part = "")
        {
            var found = weights[part.Length == 0 ? Name : $"{Name}.{part}"];
            return onnx.Constant(part.Length == 0 ? $"{Name}.value" : found.Name, found.Values, [.. found.Shape]);
        }

        private string Whole(string part, params long[] values) => onnx.Constant($"{Name}/{part}", values);

        private string Number(string part, double value) => onnx.Constant($"{Name}/{part}", [(float)value], 1);

        private string Reshaped(string name, string operand, IEnumerable<int> shape) =>
            onnx.Append(name, "Reshape", [operand, onnx.Constant($"{name}/shape", [-1, .. shape.Select(s => (long)s)])]);

        private string DenseLayer()
        {
            if (shapes[0].Length == 1)
            {
                return onnx.Append(Name, "Gemm", [x[0], Weight("weight"), Weight("bias")], ("transB", 1));
            }

            var turned = onnx.Append($"{Name}/turned", "Transpose", [Weight("weight")], ("perm", new long[] { 1, 0 }));
            return onnx.Append(Name, "Add", [onnx.Append($"{Name}/product", "MatMul", [x[0], turned]), Weight("bias")]);
        }

        /// <summary>Each group as one channel, and scale and shift by channel after.</summary>
        private string Groups(GroupNormalize g)
        {
            var channels = shapes[0][0];
            var groups = Reshaped($"{Name}/groups", x[0], [g.Groups, shapes[0].Aggregate(1, (p, d) => p * d) / g.Groups]);
            var ones = onnx.Constant($"{Name}/ones", [.. Enumerable.Repeat(1f, g.Groups)], g.Groups);
            var zeros = onnx.Constant($"{Name}/zeros", new float[g.Groups], g.Groups);
            var normal = onnx.Append($"{Name}/normal", "InstanceNormalization", [groups, ones, zeros], ("epsilon", (float)LayerNormalize.Epsilon));
            var image = Reshaped($"{Name}/image", normal, shapes[0]);
            var scale = onnx.Constant($"{Name}/scale", weights[$"{Name}.weight"].Values, channels, 1, 1);
            var shift = onnx.Constant($"{Name}/shift", weights[$"{Name}.bias"].Values, channels, 1, 1);
            return onnx.Append(Name, "Add", [onnx.Append($"{Name}/scaled", "Mul", [image, scale]), shift]);
        }

        private string Activation(Activation function)
        {
            switch (function)
            {
                case Networks.Activation.Silu:
                    return onnx.Append(Name, "Mul", [x[0], onnx.Append($"{Name}/sigmoid", "Sigmoid", x)]);
                case Networks.Activation.Gelu:
                    var error = onnx.Append($"{Name}/erf", "Erf", [onnx.Append($"{Name}/scaled", "Mul", [x[0], Number("root", Math.Sqrt(0.5))])]);
                    var twice = onnx.Append($"{Name}/twice", "Mul", [x[0], onnx.Append($"{Name}/plus", "Add", [error, Number("one", 1)])]);
                    return onnx.Append(Name, "Mul", [twice, Number("half", 0.5)]);
                default:
                    return onnx.Append(Name, function.ToString(), x);
            }
        }

        private string Prepend()
        {
            var rows = onnx.Append($"{Name}/rows", "Shape", x, ("start", 0), ("end", 1));
            var shape = onnx.Append($"{Name}/shape", "Concat", [rows, Whole("row", 1, shapes[0][1])], ("axis", 0));
            return onnx.Append(Name, "Concat", [onnx.Append($"{Name}/repeated", "Expand", [Weight(), shape]), x[0]], ("axis", 1));
        }

        private string Product(MatrixProduct p)
        {
            var second = x[1];
            if (p.TransposesSecond)
            {
                var axes = Enumerable.Range(0, shapes[1].Length + 1).Select(a => (long)a).ToArray();
                (axes[^1], axes[^2]) = (axes[^2], axes[^1]);
                second = onnx.Append($"{Name}/turned", "Transpose", [second], ("perm", axes));
            }

            return p.Factor == 1
                ? onnx.Append(Name, "MatMul", [x[0], second])
                : onnx.Append(Name, "Mul", [onnx.Append($"{Name}/product", "MatMul", [x[0], second]), Number("factor", p.Factor)]);
        }

        private string Mask()
        {
            var none = onnx.Append($"{Name}/none", "Equal", [x[0], Number("zero", 0)]);
            var ones = onnx.Append($"{Name}/ones", "Cast", [none], ("to", 1));
            return Reshaped(Name, onnx.Append($"{Name}/scaled", "Mul", [ones, Number("out", PaddingMask.Out)]), node.Shape);
        }

        private string Adjacency()
        {
            var nodes = shapes[0][0];
            var identity = new float[nodes * nodes];
            for (var i = 0; i < nodes; i++)
            {
                identity[i * (nodes + 1)] = 1;
            }

            var linked = onnx.Append($"{Name}/linked", "Add", [x[0], onnx.Constant($"{Name}/identity", identity, nodes, nodes)]);
            var sums = onnx.Append($"{Name}/sums", "ReduceSum", [linked, Whole("axis", 2)], ("keepdims", 1));
            var roots = onnx.Append($"{Name}/roots", "Sqrt", [onnx.Append($"{Name}/bounded", "Max", [sums, Number("one", 1)])]);
            var turned = onnx.Append($"{Name}/turned", "Transpose", [roots], ("perm", new long[] { 0, 2, 1 }));
            return onnx.Append(Name, "Div", [onnx.Append($"{Name}/rows", "Div", [linked, roots]), turned]);
        }
    }
}
