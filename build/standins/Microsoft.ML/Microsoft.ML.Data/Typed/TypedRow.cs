using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A row whose values are those of an object; another object may take its place.</summary>
internal sealed class TypedRow<TRow> : DataViewRow where TRow : class
{
    private readonly Delegate[] _getters;
    private TRow _current;
    private long _position = -1;

    public TypedRow(TypedColumn[] columns)
    {
        Schema = TypedColumn.SchemaOf(columns);
        _getters = columns.Select(column => column.MakeGetter(() => _current)).ToArray();
    }

    public override long Position => _position;
    public override long Batch => 0;
    public override DataViewSchema Schema { get; }

    public void Set(TRow row)
    {
        Contracts.CheckValue(row, nameof(row));
        _current = row;
        _position++;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)_position, 0);

    public override bool IsColumnActive(DataViewSchema.Column column) => true;

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _getters[column.Index].As<TValue>();
}

/// <summary>Fills objects with the values of rows.</summary>
internal sealed class TypedFiller<TRow> where TRow : class
{
    private readonly (TypedColumn Member, DataViewSchema.Column Column)[] _pairs;

    /// <summary>Matches the members of the class with the columns of a schema.</summary>
    public TypedFiller(DataViewSchema schema, bool ignoreMissingColumns, SchemaDefinition definition = null)
    {
        var pairs = new List<(TypedColumn, DataViewSchema.Column)>();
        foreach (var member in TypedColumn.Of(typeof(TRow), SchemaDefinition.Direction.Write, definition))
        {
            if (schema.GetColumnOrNull(member.Name) is not { } column)
            {
                if (ignoreMissingColumns)
                    continue;
                throw Contracts.ExceptSchemaMismatch(null, "Schema", "", member.Name);
            }

            var (itemType, isVector) = TypedMember.ItemType(member.Member);
            Contracts.Check(column.Type.GetItemType().RawType == itemType && column.Type is VectorDataViewType == isVector,
                $"Can't bind the IDataView column '{column.Name}' of type '{column.Type}' to field or property '{member.Member.Name}' "
                + $"of type '{TypedMember.ValueType(member.Member).FullName}'.");
            pairs.Add((member, column));
        }

        _pairs = pairs.ToArray();
    }

    public IEnumerable<DataViewSchema.Column> ColumnsNeeded => _pairs.Select(pair => pair.Column);

    /// <summary>What fills an object with the row's present values.</summary>
    public Action<TRow> Bind(DataViewRow row)
    {
        var setters = _pairs.Select(pair => ((Func<TypedColumn, DataViewRow, DataViewSchema.Column, Action<TRow>>)Setter<int>)
            .CallFor<Action<TRow>>(TypedMember.ValueType(pair.Member.Member), pair.Member, row, pair.Column)).ToArray();
        return target =>
        {
            foreach (var set in setters)
                set(target);
        };
    }

    private static Action<TRow> Setter<TValue>(TypedColumn member, DataViewRow row, DataViewSchema.Column column)
    {
        var write = TypedMember.Writer<TRow, TValue>(member.Member);
        if (typeof(TValue) == typeof(string))
            return Converted(row.GetGetter<ReadOnlyMemory<char>>(column), (Action<TRow, string>)(object)write, (_, text) => text.ToString());
        var read = TypedMember.Reader<TRow, TValue>(member.Member);
        if (typeof(TValue) == typeof(string[]))
            return ArraySetter<ReadOnlyMemory<char>, string>(row, column, read, write, (texts, target) =>
            {
                foreach (var (i, text) in texts.Items(all: true))
                    target[i] = text.ToString();
            });
        if (typeof(TValue).IsArray)
            return ((Func<DataViewRow, DataViewSchema.Column, Delegate, Delegate, Action<TRow>>)ArraySetter<int>)
                .CallFor<Action<TRow>>(typeof(TValue).GetElementType(), row, column, read, write);
        var getter = row.GetGetter<TValue>(column);
        return target =>
        {
            // A vector buffer that the object has already is filled anew.
            TValue value = typeof(TValue).IsGenericType ? read(target) : default;
            getter(ref value);
            write(target, value);
        };
    }

    private static Action<TRow> ArraySetter<TItem>(DataViewRow row, DataViewSchema.Column column, Delegate read, Delegate write)
        => ArraySetter<TItem, TItem>(row, column, read, write, (values, target) => values.CopyTo(target));

    /// <summary>An array of the right length is filled anew; so a member that is null stays so for an empty vector, as in ML.NET.</summary>
    private static Action<TRow> ArraySetter<TItem, TValue>(DataViewRow row, DataViewSchema.Column column, Delegate read, Delegate write,
        Action<VBuffer<TItem>, TValue[]> copy)
        => Converted<VBuffer<TItem>, TValue[]>(row.GetGetter<VBuffer<TItem>>(column), (Action<TRow, TValue[]>)write, (target, values) =>
        {
            var array = ((Func<TRow, TValue[]>)read)(target);
            if ((array?.Length ?? 0) != values.Length)
                array = new TValue[values.Length];
            if (values.Length > 0)
                copy(values, array);
            return array;
        });

    private static Action<TRow> Converted<TSource, TValue>(ValueGetter<TSource> getter, Action<TRow, TValue> write, Func<TRow, TSource, TValue> convert)
    {
        TSource value = default;
        return target =>
        {
            getter(ref value);
            write(target, convert(target, value));
        };
    }
}
