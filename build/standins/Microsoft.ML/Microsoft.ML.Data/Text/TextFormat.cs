using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>How fields and lines are told apart; checked and immutable.</summary>
internal sealed class TextFormat
{
    private readonly Flags _flags;

    public TextFormat(IExceptionContext context, TextLoader.Options options)
    {
        context.CheckUserArg(options.Separators is { Length: > 0 }, nameof(options.Separators), "Must specify a separator");
        context.CheckUserArg(options.MaxRows is null or >= 0, nameof(options.MaxRows));
        context.Check(options.InputSize is null or >= 0, "inputSize");
        _flags = (options.TrimWhitespace ? Flags.TrimWhitespace : 0)
            | (options.HasHeader && string.IsNullOrWhiteSpace(options.HeaderFile) ? Flags.HasHeader : 0)
            | (options.AllowQuoting ? Flags.AllowQuoting : 0)
            | (options.AllowSparse ? Flags.AllowSparse : 0)
            | (options.AllowQuoting && options.ReadMultilines ? Flags.ReadMultilines : 0)
            | (options.MissingRealsAsNaNs ? Flags.MissingRealsAsNaNs : 0);
        MaxRows = options.MaxRows ?? long.MaxValue;
        InputSize = Math.Min(options.InputSize ?? 0, int.MaxValue - 1);
        Separators = options.Separators.Distinct().ToArray();
        foreach (char separator in Separators)
        {
            context.CheckUserArg(separator == '\t' || separator >= ' ' && !char.IsAsciiDigit(separator) && separator != '"', "Separator", $"Illegal separator: '{separator}'");
            context.CheckUserArg(separator != ':' || !options.AllowSparse, "Separator", "When the separator is colon, turn off allowSparse");
        }

        DecimalMarker = options.DecimalMarker;
        context.CheckUserArg(DecimalMarker is '.' or ',', nameof(options.DecimalMarker),
            $"Decimal marker cannot be the '{DecimalMarker}' character. It must be '.' or ','.");
        context.CheckUserArg(options.AllowQuoting || DecimalMarker != ',' || !Separators.Contains(','), nameof(options.AllowQuoting),
            "Quoting must be allowed if decimal marker and separator are the ',' character.");
        EscapeChar = options.EscapeChar;
        context.CheckUserArg(!Separators.Contains(EscapeChar), nameof(options.EscapeChar),
            $"EscapeChar '{EscapeChar}' can't be used both as EscapeChar and separator");
    }

    public TextFormat(ModelLoadContext ctx)
    {
        MaxRows = ctx.Reader.ReadInt64();
        Contracts.CheckDecode(MaxRows >= 0);
        _flags = (Flags)ctx.Reader.ReadUInt32();
        Contracts.CheckDecode((_flags & ~Flags.All) == 0);
        InputSize = ctx.Reader.ReadInt32();
        Contracts.CheckDecode(InputSize is >= 0 and < int.MaxValue);
        int count = ctx.LoadCount(atLeast: 1);
        Separators = ctx.Reader.ReadChars(count);
        EscapeChar = ctx.Reader.ReadChar();
        DecimalMarker = ctx.Reader.ReadChar();
        Contracts.CheckDecode(Separators.Length == count && DecimalMarker is '.' or ',');
    }

    [Flags]
    private enum Flags : uint
    {
        TrimWhitespace = 1,
        HasHeader = 2,
        AllowQuoting = 4,
        AllowSparse = 8,
        ReadMultilines = 16,
        MissingRealsAsNaNs = 32,
        All = 63,
    }

    public bool TrimWhitespace => (_flags & Flags.TrimWhitespace) != 0;
    public bool HasHeader => (_flags & Flags.HasHeader) != 0;
    public bool AllowQuoting => (_flags & Flags.AllowQuoting) != 0;
    public bool AllowSparse => (_flags & Flags.AllowSparse) != 0;
    public bool ReadMultilines => (_flags & Flags.ReadMultilines) != 0;
    public bool MissingRealsAsNaNs => (_flags & Flags.MissingRealsAsNaNs) != 0;
    public long MaxRows { get; }

    /// <summary>Columns of the file, 0 if only the file knows.</summary>
    public int InputSize { get; }

    public char[] Separators { get; }
    public char EscapeChar { get; }
    public char DecimalMarker { get; }

    public NumberText Numbers => new(DecimalMarker == ',', MissingRealsAsNaNs);

    public void Save(ModelSaveContext ctx)
    {
        ctx.Writer.Write(MaxRows);
        ctx.Writer.Write((uint)_flags);
        ctx.Writer.Write(InputSize);
        ctx.Writer.Write(Separators.Length);
        ctx.Writer.Write(Separators);
        ctx.Writer.Write(EscapeChar);
        ctx.Writer.Write(DecimalMarker);
    }
}
