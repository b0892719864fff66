namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>Parts that several networks are made of. Each takes the index of the node that it reads and returns that of its result.</summary>
internal static class GraphParts
{
    /// <summary>
    /// A chain of dense layers with an activation after each: weights N(0, 2/I), biases uniform in ±1/√I (He et al., 2015,
    /// arXiv 1502.01852, for the weights).
    /// </summary>
    public static int DenseLayers(this NetworkGraph graph, int input, IEnumerable<int> widths, Activation activation)
    {
        foreach (var (width, i) in widths.Select((w, i) => (w, i + 1)))
        {
            input = graph.Append($"hidden{i}", new Dense(width, Gain: 2, SpreadBias: true), input);
            input = graph.Append($"hidden{i}_activation", new Activate(activation), input);
        }

        return input;
    }

    /// <summary>The last layer: [I] → [O].</summary>
    public static int Output(this NetworkGraph graph, int input, NetworkShape shape) =>
        graph.Append("output", new Dense(shape.Outputs, Gain: 1), input);

    /// <summary>The inputs of one segment, in its dimensions; images channel by channel.</summary>
    public static int Segment(this NetworkGraph graph, NetworkShape shape, InputSegment segment)
    {
        var index = shape.Segments.IndexOf(segment);
        var start = shape.Segments.Take(index).Sum(s => s.Size);
        var name = $"input{index + 1}";
        var node = segment.Size == shape.Inputs ? 0 : graph.Append(name, new Slice(start, segment.Size), 0);
        if (segment.Dimensions.Length > 1)
        {
            node = graph.Append($"{name}_shape", new Reshape(new Sizes([.. segment.Dimensions])), node);
        }

        return segment.Kind == InputKind.InterleavedImage ? graph.Append($"{name}_planar", new Permute(new Sizes(2, 0, 1)), node) : node;
    }

    /// <summary>
    /// A learned vector for each place is added: [N, E] → the same. They start as N(0, 1), louder than words and patches: attention can tell places apart
    /// from the first step. The usual N(0, 0.02²) leaves it to find out late or never which word stands before which.
    /// </summary>
    public static int Positions(this NetworkGraph graph, int x) =>
        graph.Append("positions", new PlusParameter(new Sizes([.. graph.ShapeOf(x)]), ParameterStart.Normal(1)), x);

    /// <summary>
    /// A transformer layer with normalisation first (Vaswani et al., 2017, arXiv 1706.03762; Xiong et al., 2020, arXiv
    /// 2002.04745): x + attention(norm(x)), then x + dense(gelu(dense(norm(x)))): [N, E] → [N, E]. All weights are those of
    /// dense layers, so that curvature sees each.
    /// </summary>
    /// <param name="graph">Where it is appended.</param>
    /// <param name="name">Begins the names of its nodes.</param>
    /// <param name="x">[N, E]</param>
    /// <param name="heads">Divides E.</param>
    /// <param name="expansion">Units of the hidden layer for each of E.</param>
    /// <param name="mask">[1, 1, N], added to the attention before its softmax; or null.</param>
    public static int TransformerLayer(this NetworkGraph graph, string name, int x, int heads, int expansion, int? mask = null)
    {
        var width = graph.ShapeOf(x)[1];
        var normal = graph.Append($"{name}_norm1", new LayerNormalize(), x);
        x = graph.Append($"{name}_sum1", new Add(), x, graph.Attention(name, normal, heads, mask));
        normal = graph.Append($"{name}_norm2", new LayerNormalize(), x);
        var hidden = graph.Append($"{name}_hidden", new Dense(width * expansion, Gain: 1), normal);
        hidden = graph.Append($"{name}_activation", new Activate(Activation.Gelu), hidden);
        return graph.Append($"{name}_sum2", new Add(), x, graph.Append($"{name}_dense", new Dense(width, Gain: 1), hidden));
    }

    /// <summary>softmax(Q Kᵀ / √d) V in each head, and a dense layer after: [N, E] → [N, E].</summary>
    private static int Attention(this NetworkGraph graph, string name, int x, int heads, int? mask)
    {
        var (rows, width) = (graph.ShapeOf(x)[0], graph.ShapeOf(x)[1]);
        int Heads(string part)
        {
            var node = graph.Append($"{name}_{part}", new Dense(width, Gain: 1), x);
            node = graph.Append($"{name}_{part}_heads", new Reshape(new Sizes(rows, heads, width / heads)), node);
            return graph.Append($"{name}_{part}_first", new Permute(new Sizes(1, 0, 2)), node); // [h, N, d]
        }

        var (queries, keys, values) = (Heads("query"), Heads("key"), Heads("value"));
        var scores = graph.Append($"{name}_scores", new MatrixProduct(TransposesSecond: true, Math.Pow(width / heads, -0.5)), queries, keys);
        if (mask is { } added)
        {
            scores = graph.Append($"{name}_masked", new Add(), scores, added);
        }

        var weights = graph.Append($"{name}_weights", new Softmax(), scores); // [h, N, N]
        var mixed = graph.Append($"{name}_mixed", new MatrixProduct(TransposesSecond: false, 1), weights, values);
        mixed = graph.Append($"{name}_mixed_rows", new Permute(new Sizes(1, 0, 2)), mixed);
        mixed = graph.Append($"{name}_joined", new Reshape(new Sizes(rows, width)), mixed);
        return graph.Append($"{name}_attention", new Dense(width, Gain: 1), mixed);
    }

    /// <summary>The pixels as rows: [C, H, W] → [H·W, C].</summary>
    public static int PixelRows(this NetworkGraph graph, string name, int image)
    {
        var shape = graph.ShapeOf(image);
        var x = graph.Append($"{name}_flat", new Reshape(new Sizes(shape[0], shape[1] * shape[2])), image);
        return graph.Append($"{name}_rows", new Permute(new Sizes(1, 0)), x);
    }

    /// <summary>The mean over all pixels: [C, H, W] → [C].</summary>
    public static int MeanOverPixels(this NetworkGraph graph, string name, int image) =>
        graph.Append(name, new MeanOfFirst(), graph.PixelRows(name, image));

    /// <summary>The mean over the rows that are tokens: [L, E] and a mask [1, L] → [E].</summary>
    public static int MaskedMean(this NetworkGraph graph, string name, int rows, int mask)
    {
        var weights = graph.Append($"{name}_weights", new Softmax(), mask); // the same for each token
        return graph.Flat(name, graph.Append($"{name}_row", new MatrixProduct(false, 1), weights, rows));
    }

    /// <summary>The first row: [N, E] → [E].</summary>
    public static int FirstRow(this NetworkGraph graph, string name, int rows) =>
        graph.Flat(name, graph.Append($"{name}_row", new Slice(0, 1), rows));

    /// <summary>All numbers in one axis.</summary>
    public static int Flat(this NetworkGraph graph, string name, int node) => graph.ShapeOf(node).Length == 1
        ? node
        : graph.Append(name, new Reshape(new Sizes(graph.ShapeOf(node).Aggregate(1, (product, d) => product * d))), node);

    /// <summary>A learned vector for each category, all in one table: [L] → [L, E].</summary>
    public static int Categories(this NetworkGraph graph, NetworkShape shape, InputSegment segment, int width)
    {
        var name = $"categories{shape.Segments.IndexOf(segment) + 1}";
        var starts = new int[segment.Size];
        for (var i = 1; i < starts.Length; i++)
        {
            starts[i] = checked(starts[i - 1] + segment.Vocabularies[i - 1]);
        }

        var ids = graph.Append($"{name}_ids", new PlusConstants(new Sizes(starts)), graph.Segment(shape, segment));
        return graph.Append(name, new Lookup(segment.Vocabularies.Sum(), width), ids);
    }
}
