using System.Collections.Immutable;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Which columns a network is to read, and what their values mean.</summary>
/// <param name="Names">At least one.</param>
/// <param name="Network">The network that reads them; null for the default one.</param>
internal sealed record FeatureRoles(ImmutableArray<string> Names, Network? Network = null)
{
    /// <summary>Tokens that are read of a text of unknown length, where nothing else is said.</summary>
    public const int DefaultTokens = 64;

    /// <summary>Keys as numbers of single precision are exact up to 2²⁴.</summary>
    private const ulong LargestVocabulary = 1 << 24;

    /// <summary>The dimensions of images that come as plain vectors; null where there are none.</summary>
    public ImageDimensions? Image { get; init; }

    /// <summary>Tokens that are read of a text of unknown length.</summary>
    public int MaximumTokens { get; init; } = DefaultTokens;

    /// <summary>The network that will be trained: what was chosen, or what suits the number of columns.</summary>
    public Network Reader => Network ?? (Names.Length > 1 ? Networks.Network.Joined() : TrainingDefaults.Network);

    public override string ToString() => string.Join("', '", Names);

    /// <summary>Checks all that a shape tells.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has a type that the network cannot read.</exception>
    public void Check(SchemaShape schema)
    {
        foreach (var name in Names)
        {
            var column = schema.Find(name) ?? throw ColumnRoles.Missing("feature", name);
            if (!CanRead(column))
            {
                throw ColumnRoles.Mismatch("feature", name, "Vector<Single>", column.TypeText(), Remedy(column));
            }
        }
    }

    /// <summary>The columns of a checked schema.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A vector is empty, or a key has no known number of values.</exception>
    public ImmutableArray<FeatureColumn> Of(DataViewSchema schema) =>
        [.. Names.Select((name, i) => new FeatureColumn(name, schema[name].Type, Segment(name, schema[name].Type, isFirst: i == 0)))];

    private bool CanRead(SchemaShape.Column column)
    {
        var isScalar = column.Kind == SchemaShape.Column.VectorKind.Scalar;
        if (column.IsKey)
        {
            return Reader.Reads(isScalar ? ColumnForm.Key : ColumnForm.Keys, column.Name == Names[0]) is not null;
        }

        return column.ItemType == NumberDataViewType.Single && (isScalar ? Names.Length > 1 : column.Kind == SchemaShape.Column.VectorKind.Vector);
    }

    private string Remedy(SchemaShape.Column column) => column switch
    {
        { IsKey: true } => $"OneHotEncoding turns keys into numbers; FtTransformer, TextTransformer and Joined read keys as they are, which {Reader} does not.",
        { Kind: SchemaShape.Column.VectorKind.VariableVector } => "Give the vector a known size, with [VectorType(size)] on the property or a SchemaDefinition.",
        { Kind: SchemaShape.Column.VectorKind.Scalar } => "Concatenate gathers columns into a vector.",
        _ => "Conversion.ConvertType turns the numbers into Single.",
    };

    private InputSegment Segment(string name, DataViewType type, bool isFirst)
    {
        var vector = type as VectorDataViewType;
        if ((vector?.ItemType ?? type) is KeyDataViewType key)
        {
            return Keys(name, vector, key, isFirst);
        }

        var dimensions = vector is null ? [1] : vector.Size > 0 ? vector.Dimensions
            : throw ColumnRoles.Mismatch("feature", name, "Vector<Single> with at least one slot", type.ToString()!);
        var isInterleaved = dimensions is [> 4, > 4, <= 4];
        if (Image is { } image && image.Size == dimensions.Aggregate(1L, (product, d) => product * d))
        {
            isInterleaved = image.IsInterleaved;
            dimensions = isInterleaved ? [image.Height, image.Width, image.Channels] : [image.Channels, image.Height, image.Width];
        }

        var form = dimensions.Length switch { 1 => ColumnForm.Numbers, 2 => ColumnForm.Matrix, 3 => ColumnForm.Image, _ => ColumnForm.Numbers };
        return Reader.Reads(form, isFirst) switch
        {
            InputKind.PlanarImage => new InputSegment(name, isInterleaved ? InputKind.InterleavedImage : InputKind.PlanarImage, dimensions, []),
            InputKind.Adjacency => new InputSegment(name, InputKind.Adjacency, dimensions, []),
            InputKind.Numbers when form == ColumnForm.Matrix => new InputSegment(name, InputKind.Numbers, dimensions, []),
            InputKind.Numbers => InputSegment.Numbers(name, dimensions.Aggregate(1, (product, d) => product * d)),
            _ => throw ColumnRoles.Mismatch("feature", name, $"what {Reader} reads", type.ToString()!),
        };
    }

    /// <summary>One more than the values of a key: 0 is for the missing one.</summary>
    private InputSegment Keys(string name, VectorDataViewType? vector, KeyDataViewType key, bool isFirst)
    {
        if (key.Count >= LargestVocabulary)
        {
            throw ColumnRoles.Mismatch("feature", name, $"keys of fewer than {LargestVocabulary} values", key.ToString()!, "MapValueToKey makes keys of known values; maximumNumberOfKeys limits them.");
        }

        var values = (int)key.Count + 1;
        var kind = Reader.Reads(vector is null ? ColumnForm.Key : ColumnForm.Keys, isFirst);
        var count = vector is null ? 1 : vector.Size > 0 ? vector.Size : MaximumTokens;
        return kind switch
        {
            InputKind.Tokens => new InputSegment(name, InputKind.Tokens, [count], [values]),
            _ when vector is { Size: 0 } => throw ColumnRoles.Mismatch("feature", name, "a vector of keys of known size", vector.ToString()),
            _ => new InputSegment(name, InputKind.Categories, [count], [.. Enumerable.Repeat(values, count)]),
        };
    }
}
