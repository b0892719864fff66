using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: Microsoft.ML.LoadableClass(typeof(TextLoader), null, typeof(Microsoft.ML.SignatureLoadModel), "Text Loader", TextLoader.LoaderSignature)]

namespace Microsoft.ML.Data;

/// <summary>Loads text files with separated columns.</summary>
public sealed partial class TextLoader : IDataLoader<IMultiStreamSource>
{
    internal const string LoaderSignature = "TextLoader";
    private const string HeaderStream = "Header.txt";

    internal readonly IHost Host;
    internal readonly TextFormat Format;
    internal readonly TextColumn[] Columns;
    private readonly string _header;
    private readonly DataViewSchema _schema;

    internal TextLoader(IHostEnvironment env, Options options = null, IMultiStreamSource dataSample = null)
    {
        Host = env.Register(LoaderSignature);
        options ??= new Options();
        var sample = dataSample ?? new MultiFileSource(null);
        var headerFile = string.IsNullOrWhiteSpace(options.HeaderFile) ? null : new MultiFileSource(options.HeaderFile);
        if (options.Columns is not { Length: > 0 })
            options = EmbeddedOptions.Find(Host, headerFile ?? sample, options) ?? WithDefaultColumns(options);

        foreach (var column in options.Columns)
            Host.CheckUserArg(column.Source is { Length: > 0 }, nameof(Column.Source), "Must specify some source column indices");
        Format = new TextFormat(Host, options);
        bool needsSize = TextColumn.NeedsInputSize(options.Columns) && Format.InputSize == 0;
        var lines = new List<string>();
        if (headerFile != null)
            lines.AddRange(FirstLines(headerFile, 1));
        if (needsSize)
            lines.AddRange(FirstLines(sample, 100));
        else if (Format.HasHeader)
            lines.AddRange(FirstLines(sample, 1));
        Columns = TextColumn.Bind(Host, options.Columns, needsSize ? InputSizeOf(lines) : Format.InputSize);
        _header = (Format.HasHeader || headerFile != null) && lines.Count > 0 ? lines[0] : null;
        _schema = MakeSchema();
    }

    private TextLoader(IHostEnvironment env, ModelLoadContext ctx)
    {
        Host = env.Register(LoaderSignature);
        ctx.CheckAtModel(GetVersionInfo());
        Format = new TextFormat(ctx);
        Columns = Enumerable.Range(0, ctx.LoadCount(atLeast: 1)).Select(_ => TextColumn.Load(ctx)).ToArray();
        string header = null;
        ctx.TryLoadBinaryStream(HeaderStream, reader => header = new StreamReader(reader.BaseStream).ReadLine());
        _header = header;
        _schema = MakeSchema();
    }

    public DataViewSchema GetOutputSchema() => _schema;

    public IDataView Load(IMultiStreamSource source)
    {
        Host.CheckValue(source, nameof(source));
        return new TextView(this, source);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(GetVersionInfo());
        Format.Save(ctx);
        ctx.Writer.Write(Columns.Length);
        foreach (var column in Columns)
            column.Save(ctx);
        if (!string.IsNullOrEmpty(_header))
            ctx.SaveBinaryStream(HeaderStream, writer => writer.Write(System.Text.Encoding.UTF8.GetBytes(_header + "\n")));
    }

    /// <summary>A loader for the members of a type that say where they are in the file.</summary>
    internal static TextLoader Create<TInput>(IHostEnvironment env, Options options, IMultiStreamSource dataSample = null)
    {
        IEnumerable<MemberInfo> members =
        [
            .. typeof(TInput).GetFields(BindingFlags.Public | BindingFlags.Instance),
            .. typeof(TInput).GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(property => property.GetGetMethod() != null && property.GetIndexParameters().Length == 0),
        ];
        env.CheckParam(members.Any(), nameof(TInput), $"Should define at least one public, readable field or property in {nameof(TInput)}.");
        var columns = members.Select(member => ColumnOf(env, member)).ToArray();
        options ??= new Options();
        options.Columns = columns;
        return new TextLoader(env, options, dataSample);
    }

    private static Column ColumnOf(IHostEnvironment env, MemberInfo member)
    {
        string kind = member is FieldInfo ? "Field" : "Property";
        var sources = member.GetCustomAttribute<LoadColumnAttribute>()?.Sources
            ?? throw env.Except($"{kind} '{member.Name}' is missing the {nameof(LoadColumnAttribute)} attribute");
        var type = (member as FieldInfo)?.FieldType ?? ((PropertyInfo)member).PropertyType;
        if (type.IsArray)
            type = type.GetElementType();
        var itemType = ColumnTypeExtensions.PrimitiveTypeFromTypeOrNull(type);
        if (itemType is null or RowIdDataViewType)
            throw Contracts.Except($"{kind} {member.Name} is of unsupported type.");
        return new Column
        {
            Name = member.GetCustomAttribute<ColumnNameAttribute>()?.Name ?? member.Name,
            Source = sources.ToArray(),
            KeyCount = member.GetCustomAttribute<KeyTypeAttribute>() is { } key ? new KeyCount(key.Count) : null,
            DataKind = ColumnTypeExtensions.KindOf(itemType),
        };
    }

    private static Options WithDefaultColumns(Options options)
    {
        var copy = options.Copy();
        copy.Columns = [new Column("Label", DataKind.Single, 0), new Column("Features", DataKind.Single, [new Range(1, null)])];
        return copy;
    }

    private static VersionInfo GetVersionInfo() => new(modelSignature: "TXTLOADR", verWrittenCur: 0x00010001, verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001, loaderSignature: LoaderSignature, loaderAssemblyName: typeof(TextLoader).Assembly.FullName);

    /// <summary>The first lines, a header among them; at least two, as a first one may be a header.</summary>
    private IEnumerable<string> FirstLines(IMultiStreamSource source, int count)
    {
        using var reader = new LineReader(source, Format, hasHeader: false, Math.Max(count, 2));
        while (reader.Next() is { } line)
            yield return line;
    }

    /// <summary>The number of columns in lines that all have the same.</summary>
    private int InputSizeOf(List<string> lines)
    {
        var splitter = new FieldSplitter(Format, 0, int.MaxValue - 1);
        int[] sizes = lines.Where(line => !(Format.TrimWhitespace && string.IsNullOrWhiteSpace(line))).Select(line => splitter.Split(line.AsMemory())).ToArray();
        Host.CheckUserArg(sizes.Length > 0, nameof(Column.Source), "Can't determine the number of source columns without valid data");
        Host.CheckUserArg(sizes.Min() == sizes.Max(), nameof(Column.Source), "The size of input lines is not consistent");
        return sizes[0];
    }

    private DataViewSchema MakeSchema()
    {
        var schema = new DataViewSchema.Builder();
        var splitter = new FieldSplitter(Format, Format.InputSize, int.MaxValue - 1);
        int count = _header == null ? 0 : splitter.Split(_header.AsMemory());
        foreach (var column in Columns)
        {
            var annotations = new DataViewSchema.Annotations.Builder();
            if (count > 0 && column.Type.IsKnownSizeVector())
            {
                var names = new string[column.Type.GetValueCount()];
                Array.Fill(names, "");
                foreach (var (min, end, slot) in column.SegmentsIn(count))
                {
                    for (int place = splitter.PlaceOf(min); place < splitter.Count && splitter.IndexAt(place) < end; place++)
                        names[slot + splitter.IndexAt(place) - min] = splitter[place].Trim().ToString();
                }

                if (names.Any(name => name.Length > 0))
                    annotations.AddSlotNames(names);
            }

            schema.AddColumn(column.Name, column.Type, annotations.ToAnnotations());
        }

        return schema.ToSchema();
    }
}
