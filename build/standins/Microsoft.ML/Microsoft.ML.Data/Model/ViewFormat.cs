using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// A plain binary format for schemas, with their annotations, and for views: not ML.NET's own .idv format, which nothing here
/// needs. Numbers are little-endian, texts UTF-8 with their length.
/// </summary>
internal static class ViewFormat
{
    private const uint Magic = 0x31565453;      // "STV1"

    public static void Write(BinaryWriter writer, IDataView data, bool keepHidden)
    {
        var columns = data.Schema.Where(column => keepHidden || !column.IsHidden).ToArray();
        writer.Write(Magic);
        WriteSchema(writer, columns);
        using var cursor = data.GetRowCursor(columns);
        var values = columns.Select(column => ValueFormat.MakeWriter(cursor, column)).ToArray();
        while (cursor.MoveNext())
        {
            writer.Write(true);
            foreach (var write in values)
                write(writer);
        }

        writer.Write(false);
    }

    /// <summary>Reads the whole view into memory.</summary>
    public static IDataView Read(BinaryReader reader)
    {
        Contracts.CheckDecode(reader.ReadUInt32() == Magic, "The stream does not hold a saved view.");
        var schema = ReadSchema(reader);
        var columns = schema.Select(column => ValueFormat.MakeList(column.Type)).ToArray();
        int rows = 0;
        for (; reader.ReadBoolean(); rows++)
        {
            foreach (var column in columns)
                column.Read(reader);
        }

        return new ListView(schema, columns, rows);
    }

    private static void WriteSchema(BinaryWriter writer, IReadOnlyCollection<DataViewSchema.Column> columns)
    {
        writer.Write(columns.Count);
        foreach (var column in columns)
        {
            writer.Write(column.Name);
            WriteType(writer, column.Type);
            var annotations = column.Annotations.Schema.Where(a => IsKnown(a.Type)).ToArray();
            writer.Write(annotations.Length);
            var row = new AnnotationRow(column.Annotations);
            foreach (var annotation in annotations)
            {
                writer.Write(annotation.Name);
                WriteType(writer, annotation.Type);
                ValueFormat.MakeWriter(row, annotation)(writer);
            }
        }
    }

    private static DataViewSchema ReadSchema(BinaryReader reader)
    {
        var schema = new DataViewSchema.Builder();
        for (int columns = reader.ReadInt32(); columns > 0; columns--)
        {
            string name = reader.ReadString();
            var type = ReadType(reader);
            var annotations = new DataViewSchema.Annotations.Builder();
            for (int count = reader.ReadInt32(); count > 0; count--)
            {
                string kind = reader.ReadString();
                var values = ValueFormat.MakeList(ReadType(reader));
                values.Read(reader);
                annotations.Add(kind, values.Type, values.MakeGetter(() => 0));
            }

            schema.AddColumn(name, type, annotations.ToAnnotations());
        }

        return schema.ToSchema();
    }

    private static bool IsKnown(DataViewType type) => type is VectorDataViewType or KeyDataViewType || ColumnTypeExtensions.PrimitiveTypeFromTypeOrNull(type.RawType) != null;

    public static void WriteType(BinaryWriter writer, DataViewType type)
    {
        switch (type)
        {
            case VectorDataViewType vector:
                writer.Write((byte)255);
                writer.Write(vector.Dimensions.Length);
                foreach (int dimension in vector.Dimensions)
                    writer.Write(dimension);
                WriteType(writer, vector.ItemType);
                break;
            case KeyDataViewType key:
                writer.Write((byte)254);
                writer.Write((byte)ColumnTypeExtensions.KindOf(type));
                writer.Write(key.Count);
                break;
            default:
                writer.Write((byte)ColumnTypeExtensions.KindOf(type));
                break;
        }
    }

    public static DataViewType ReadType(BinaryReader reader)
    {
        byte tag = reader.ReadByte();
        switch (tag)
        {
            case 255:
                int rank = reader.ReadInt32();
                Contracts.CheckDecode(rank is > 0 and < 256);
                var dimensions = new int[rank];
                for (int i = 0; i < rank; i++)
                    dimensions[i] = reader.ReadInt32();
                return new VectorDataViewType((PrimitiveDataViewType)ReadType(reader), dimensions);
            case 254:
                var kind = (DataKind)reader.ReadByte();
                return new KeyDataViewType(ColumnTypeExtensions.PrimitiveTypeFromKind(kind).RawType, reader.ReadUInt64());
            default:
                return ColumnTypeExtensions.PrimitiveTypeFromKind((DataKind)tag);
        }
    }

    private sealed class AnnotationRow(DataViewSchema.Annotations annotations) : DataViewRow
    {
        public override long Position => 0;
        public override long Batch => 0;
        public override DataViewSchema Schema => annotations.Schema;
        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = default;
        public override bool IsColumnActive(DataViewSchema.Column column) => true;
        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => annotations.GetGetter<TValue>(column);
    }

    private sealed class ListView(DataViewSchema schema, ValueList[] columns, int rows) : IDataView
    {
        public bool CanShuffle => false;

        public DataViewSchema Schema => schema;

        public long? GetRowCount() => rows;

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null) => new Cursor(schema, columnsNeeded, columns, rows);

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) => [GetRowCursor(columnsNeeded)];
    }

    private sealed class Cursor(DataViewSchema schema, IEnumerable<DataViewSchema.Column> needed, ValueList[] columns, int rows) : RootCursor(schema, needed)
    {
        protected override bool MoveNextCore() => Position + 1 < rows;

        protected override Delegate GetGetterCore(int column) => columns[column].MakeGetter(() => (int)Position);
    }
}
