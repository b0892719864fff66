namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>Which group of weights, that is which prior precision, each column of each block belongs to.</summary>
internal sealed class PriorLayout
{
    private readonly Dictionary<string, int> _indices = [];
    private readonly List<string> _names = [];
    private readonly List<long> _parameters = [];

    private PriorLayout(PriorPrecision prior, IReadOnlyList<CurvatureBlock> blocks)
    {
        Prior = prior;
        Columns = [.. blocks.Select(b => new int[b.Inputs])];
        for (var b = 0; b < blocks.Count; b++)
        {
            for (var j = 0; j < blocks[b].Inputs; j++)
            {
                Columns[b][j] = Group(Name(blocks, b, j));
                _parameters[Columns[b][j]] += blocks[b].Outputs;
            }
        }
    }

    public PriorPrecision Prior { get; }

    /// <summary>Where a search for the groups' precisions begins: 1, or a usual decay.</summary>
    public double Start => Prior == PriorPrecision.Curvature ? 0.03 : 1;

    /// <summary>Names of the groups.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>P of each group.</summary>
    public IReadOnlyList<long> Parameters => _parameters;

    /// <summary>For each block the group of each of its columns.</summary>
    public int[][] Columns { get; }

    public static PriorLayout Of(PriorPrecision prior, IReadOnlyList<CurvatureBlock> blocks) => new(prior, blocks);

    /// <summary>The precision that all columns of a block share; null where they differ.</summary>
    public double? Uniform(int block, ReadOnlySpan<double> precisions)
    {
        var columns = Columns[block];
        return Array.TrueForAll(columns, c => c == columns[0]) ? precisions[columns[0]] : null;
    }

    private string Name(IReadOnlyList<CurvatureBlock> blocks, int b, int column)
    {
        var block = blocks[b];
        var isBias = block.EndsWithBias && column == block.Inputs - 1;
        var layer = block.Layer.Name.Length == 0 ? "" : block.Layer.Name + ".";
        return Prior switch
        {
            PriorPrecision.Shared or PriorPrecision.Curvature => "all",
            PriorPrecision.PerLayer => layer.TrimEnd('.'),
            PriorPrecision.PerTensor => layer + (isBias ? "bias" : "weight"),
            PriorPrecision.PerInput when block.Layer != blocks[0].Layer => "all other layers",
            PriorPrecision.PerInput => isBias ? layer + "bias" : FormattableString.Invariant($"{layer}weight[{column}]"),
            _ => throw new ArgumentOutOfRangeException("prior", Prior, $"The prior must be a value of {nameof(PriorPrecision)}, but is {Prior}."),
        };
    }

    private int Group(string name)
    {
        if (_indices.TryAdd(name, _names.Count))
        {
            _names.Add(name);
            _parameters.Add(0);
        }

        return _indices[name];
    }
}
