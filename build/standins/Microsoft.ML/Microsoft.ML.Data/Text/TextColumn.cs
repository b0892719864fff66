using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A column of the view, its type, and the segments of the line it is made of.</summary>
internal sealed class TextColumn
{
    private const int Open = int.MaxValue;

    private readonly Segment[] _segments;
    private readonly int _fixedSize;

    private TextColumn(string name, PrimitiveDataViewType itemType, Segment[] segments, Func<string, Exception> error)
    {
        Name = name;
        ItemType = itemType;
        _segments = segments;
        var ordered = segments.OrderBy(segment => segment.Min).ToArray();
        for (int i = 1; i < ordered.Length; i++)
        {
            if (ordered[i - 1].End > ordered[i].Min)
                throw error($"Intervals specified for column '{name}' overlap");
        }

        _fixedSize = segments.Where(segment => segment.End < Open).Sum(segment => segment.End - segment.Min);
        Type = segments.Any(segment => segment.End == Open) ? new VectorDataViewType(itemType)
            : _fixedSize > 1 || segments[0].ForceVector ? new VectorDataViewType(itemType, _fixedSize)
            : itemType;
    }

    private record struct Segment(int Min, int End, bool ForceVector);

    public string Name { get; }
    public PrimitiveDataViewType ItemType { get; }
    public DataViewType Type { get; }

    /// <summary>The last field that the column reads.</summary>
    public int LastField => _segments.Max(segment => segment.End) - 1;

    public static bool NeedsInputSize(IEnumerable<TextLoader.Column> columns)
        => columns.Any(column => column.Source.Any(range => range.AutoEnd && range.Max == null));

    /// <summary>Binds columns to a file with that many columns (0: unknown).</summary>
    public static TextColumn[] Bind(IExceptionContext context, TextLoader.Column[] columns, int inputSize)
    {
        Exception Wrong(string message) => context.ExceptUserArg(nameof(TextLoader.Column.Source), message);

        var result = new TextColumn[columns.Length];
        int other = -1, otherRange = -1;
        for (int i = 0; i < columns.Length; i++)
        {
            TransformUtils.CheckNonWhiteSpace(columns[i].Name, nameof(TextLoader.Column.Name));
            var segments = columns[i].Source.Select(range => ToSegment(context, range, inputSize)).ToArray();
            int allOther = Array.FindIndex(columns[i].Source, range => range.AllOther);
            if (allOther >= 0)
            {
                context.CheckUserArg(other < 0, nameof(TextLoader.Range.AllOther), "At most one all other range can be specified");
                (other, otherRange) = (i, allOther);
            }
            else
            {
                result[i] = new TextColumn(columns[i].Name.Trim(), ItemTypeOf(columns[i]), segments, Wrong);
            }
        }

        if (other >= 0)
        {
            var own = columns[other].Source.Select(range => ToSegment(context, range, inputSize)).ToList();
            var taken = result.Where(column => column != null).SelectMany(column => column._segments).Concat(own.Where((_, i) => i != otherRange));
            var rest = Rest(own[otherRange], taken.OrderBy(segment => segment.Min));
            context.CheckUserArg(rest.Count + own.Count > 1, nameof(TextLoader.Range.AllOther), "No index is selected as all other indexes.");
            own.RemoveAt(otherRange);
            own.InsertRange(otherRange, rest);
            result[other] = new TextColumn(columns[other].Name.Trim(), ItemTypeOf(columns[other]), own.ToArray(), Wrong);
        }

        return result;
    }

    public static TextColumn Load(ModelLoadContext ctx)
    {
        string name = ctx.LoadNonEmptyString();
        var kind = (DataKind)ctx.Reader.ReadByte();
        Contracts.CheckDecode(Enum.IsDefined(kind));
        bool isKey = ctx.Reader.ReadBoolean();
        var type = ColumnTypeExtensions.PrimitiveTypeFromKind(kind);
        if (isKey)
        {
            ulong count = ctx.Reader.ReadUInt64();
            Contracts.CheckDecode(count > 0 && KeyDataViewType.IsValidDataType(type.RawType));
            type = new KeyDataViewType(type.RawType, count);
        }

        int segments = ctx.LoadCount(atLeast: 1);
        var all = new Segment[segments];
        for (int i = 0; i < segments; i++)
        {
            all[i] = new Segment(ctx.Reader.ReadInt32(), ctx.Reader.ReadInt32(), ctx.Reader.ReadBoolean());
            Contracts.CheckDecode(0 <= all[i].Min && all[i].Min < all[i].End);
        }

        return new TextColumn(name, type, all, message => Contracts.ExceptDecode(message));
    }

    public void Save(ModelSaveContext ctx)
    {
        ctx.SaveNonEmptyString(Name);
        ctx.Writer.Write((byte)ColumnTypeExtensions.KindOf(ItemType));
        ctx.Writer.Write(ItemType is KeyDataViewType);
        if (ItemType is KeyDataViewType key)
            ctx.Writer.Write(key.Count);
        ctx.Writer.Write(_segments.Length);
        foreach (var segment in _segments)
        {
            ctx.Writer.Write(segment.Min);
            ctx.Writer.Write(segment.End);
            ctx.Writer.Write(segment.ForceVector);
        }
    }

    /// <summary>The length of the vector in a line with that many fields.</summary>
    public int SizeIn(int fields) => checked(_fixedSize + _segments.Where(segment => segment.End == Open).Sum(segment => Math.Max(0, fields - segment.Min)));

    /// <summary>The column's segments in a line with that many fields: where they start in the line, where they end, where they start in the vector.</summary>
    public IEnumerable<(int Min, int End, int Slot)> SegmentsIn(int fields)
    {
        int slot = 0;
        foreach (var segment in _segments)
        {
            int end = segment.End == Open ? Math.Max(fields, segment.Min) : segment.End;
            yield return (segment.Min, end, slot);
            slot += end - segment.Min;
        }
    }

    private static PrimitiveDataViewType ItemTypeOf(TextLoader.Column column)
        => column.KeyCount != null ? Conversions.KeyType(column.DataKind, column.KeyCount) : ColumnTypeExtensions.PrimitiveTypeFromKind(column.DataKind);

    private static Segment ToSegment(IExceptionContext context, TextLoader.Range range, int inputSize)
    {
        context.CheckUserArg(range.Min is >= 0 and < Open - 1, nameof(range.Min));
        if (range.Max is int max)
        {
            context.CheckUserArg(range.Min <= max && max < Open - 1, nameof(range.Max));
            return new Segment(range.Min, max + 1, range.ForceVector);
        }

        if (range.AutoEnd)
        {
            context.CheckUserArg(range.Min < inputSize, nameof(range.Min),
                $"Column #{range.Min} not found in the dataset (it only has {inputSize} columns)");
            return new Segment(range.Min, inputSize, true);
        }

        return range.VariableEnd ? new Segment(range.Min, Open, true) : new Segment(range.Min, range.Min + 1, range.ForceVector);
    }

    /// <summary>What is left of a segment when the others, ordered, are taken out.</summary>
    private static List<Segment> Rest(Segment all, IEnumerable<Segment> taken)
    {
        var rest = new List<Segment>();
        int min = all.Min;
        foreach (var segment in taken.Where(segment => segment.Min < all.End))
        {
            if (min < segment.Min)
                rest.Add(new Segment(min, segment.Min, true));
            min = Math.Max(min, segment.End);
        }

        if (min < all.End)
            rest.Add(new Segment(min, all.End, true));
        return rest;
    }
}
