using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Text;

[assembly: LoadableClass(typeof(TokenizingByCharactersTransformer), null, typeof(SignatureLoadModel), "", TokenizingByCharactersTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms.Text;

public sealed class TokenizingByCharactersEstimator : TrivialEstimator<TokenizingByCharactersTransformer>
{
    internal TokenizingByCharactersEstimator(IHostEnvironment env, bool useMarkerCharacters, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(TokenizingByCharactersEstimator)), new TokenizingByCharactersTransformer(env, useMarkerCharacters, columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(Transformer.ColumnPairs.Select(pair =>
        {
            var input = TextColumns.Input(Host, inputSchema, pair.inputColumnName, TokenizingByCharactersTransformer.ExpectedType);
            return new SchemaShape.Column(pair.outputColumnName, SchemaShape.Column.VectorKind.VariableVector, NumberDataViewType.UInt16, true,
                TransformUtils.Shape(
                    input.Annotation(AnnotationUtils.Kinds.SlotNames) != null ? TransformUtils.SlotNamesShape : null,
                    new SchemaShape.Column(AnnotationUtils.Kinds.KeyValues, SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance, false)));
        }));
    }
}

/// <summary>Characters as keys; several texts of one row are put together with unit separators between them.</summary>
public sealed class TokenizingByCharactersTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "CharToken";
    internal const string ExpectedType = "String";

    private const char Start = '\u0002', End = '\u0003', UnitSeparator = '\u001f';

    private static readonly Lazy<ReadOnlyMemory<char>[]> s_names
        = new(() => Enumerable.Range(1, ushort.MaxValue).Select(c => NameOf((char)c).AsMemory()).ToArray());

    private readonly bool _useMarkers;

    internal TokenizingByCharactersTransformer(IHostEnvironment env, bool useMarkerCharacters, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register("CharTokenizer"), columns)
        => _useMarkers = useMarkerCharacters;

    private TokenizingByCharactersTransformer(IHostEnvironment env, ModelLoadContext ctx) : base(env.Register("CharTokenizer"), ctx.At(GetVersionInfo()))
        => _useMarkers = ctx.Reader.ReadBoolean();

    private static VersionInfo GetVersionInfo() => new(modelSignature: "CHARTOKN", verWrittenCur: 0x00010001, verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001, loaderSignature: LoaderSignature, loaderAssemblyName: typeof(TokenizingByCharactersTransformer).Assembly.FullName);

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(GetVersionInfo());
        SaveColumns(ctx);
        ctx.Writer.Write(_useMarkers);
    }

    private protected override DataViewSchema.DetachedColumn OutputColumn(int pair, DataViewSchema.Column input)
    {
        Host.CheckParam(input.Type.GetItemType() is TextDataViewType, "inputSchema", ExpectedType);
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(input, AnnotationUtils.Kinds.SlotNames);
        annotations.Add(AnnotationUtils.Kinds.KeyValues, new VectorDataViewType(TextDataViewType.Instance, ushort.MaxValue),
            (ref VBuffer<ReadOnlyMemory<char>> names) => VBuffer<ReadOnlyMemory<char>>.Copy(s_names.Value, 0, ref names, ushort.MaxValue));
        return new DataViewSchema.DetachedColumn(ColumnPairs[pair].outputColumnName,
            new VectorDataViewType(new KeyDataViewType(typeof(ushort), ushort.MaxValue)), annotations.ToAnnotations());
    }

    private protected override Delegate MakeGetter(int pair, DataViewRow row, DataViewSchema.Column input)
    {
        var characters = new List<char>();
        Action fill;
        if (input.Type is VectorDataViewType)
        {
            var getter = row.GetGetter<VBuffer<ReadOnlyMemory<char>>>(input);
            VBuffer<ReadOnlyMemory<char>> texts = default;
            fill = () =>
            {
                getter(ref texts);
                AddAll(characters, texts.GetValues());
            };
        }
        else
        {
            var getter = row.GetGetter<ReadOnlyMemory<char>>(input);
            ReadOnlyMemory<char> text = default;
            fill = () =>
            {
                getter(ref text);
                if (!text.IsEmpty)
                    AddAll(characters, new ReadOnlySpan<ReadOnlyMemory<char>>(in text));
            };
        }

        return (ValueGetter<VBuffer<ushort>>)((ref VBuffer<ushort> keys) =>
        {
            characters.Clear();
            fill();
            var editor = VBufferEditor.Create(ref keys, characters.Count);
            for (int i = 0; i < characters.Count; i++)
                editor.Values[i] = characters[i];
            keys = editor.Commit();
        });
    }

    private void AddAll(List<char> characters, ReadOnlySpan<ReadOnlyMemory<char>> texts)
    {
        if (_useMarkers)
            characters.Add(Start);
        for (int i = 0; i < texts.Length; i++)
        {
            if (texts[i].IsEmpty)
                continue;
            if (i > 0)
                characters.Add(UnitSeparator);
            characters.AddRange(texts[i].Span);
        }

        if (_useMarkers)
            characters.Add(End);
    }

    /// <summary>The character, or a name for one that cannot be seen.</summary>
    private static string NameOf(char c) => c switch
    {
        <= ' ' => $"<{(char)(c + '\u2400')}>",
        '\u007f' => "<\u2421>",
        >= '\u0080' and <= '\u009f' => $"<{s_controls[c - '\u0080']}>",
        '\u2028' => "<LSEP>",
        '\u2029' => "<PSEP>",
        // As ML.NET writes surrogates.
        _ => char.IsSurrogate(c) ? "\\u4X" : c.ToString(),
    };

    private static readonly string[] s_controls =
    [
        "PAD", "HOP", "BPH", "NBH", "IND", "NEL", "SSA", "ESA", "HTS", "HTJ", "VTS", "PLD", "PLU", "RI", "SS2", "SS3",
        "DCS", "PU1", "PU2", "STS", "CCH", "MW", "SPA", "EPA", "SOS", "SGCI", "SCI", "CSI", "ST", "OSC", "PM", "APC",
    ];
}
