using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Values and their numbers, from 1; 0 for values that are not among them.</summary>
internal abstract class TermMap
{
    public PrimitiveDataViewType ItemType { get; private init; }

    public abstract int Count { get; }

    /// <summary>A key type has at least one value, even if the map has none.</summary>
    public KeyDataViewType OutputType => new(typeof(uint), Math.Max(Count, 1));

    public static TermMap Create(PrimitiveDataViewType itemType)
        => itemType is TextDataViewType ? new TextMap { ItemType = itemType }
            : ((Func<PrimitiveDataViewType, TermMap>)Create<int>).CallFor<TermMap>(itemType.RawType, itemType);

    public static TermMap Load(ModelLoadContext ctx)
    {
        var map = Create(ctx.LoadType());
        map.LoadValues(ctx);
        return map;
    }

    /// <summary>What takes the row's value, or its items, into the map; returns false once the map has as many values as allowed.</summary>
    public abstract Func<bool> Learner(DataViewRow row, DataViewSchema.Column column, int maximum);

    public abstract void Sort();

    /// <summary>A getter of the keys of a column's values.</summary>
    public abstract Delegate MakeGetter(DataViewRow row, DataViewSchema.Column column);

    /// <summary>Adds the values as key values: of a key column with key values, those.</summary>
    public abstract void AddKeyValues(DataViewSchema.Annotations.Builder builder, DataViewSchema.Column input, bool asText);

    public abstract void Save(ModelSaveContext ctx);

    protected abstract void LoadValues(ModelLoadContext ctx);

    private static TermMap Create<T>(PrimitiveDataViewType itemType) => new ValueMap<T> { ItemType = itemType };

    private abstract class Map<T> : TermMap
    {
        protected readonly List<T> Values = [];

        public sealed override int Count => Values.Count;

        protected abstract IComparer<T> Order { get; }

        protected abstract uint Find(in T value);

        /// <summary>False if the value is missing or known.</summary>
        protected abstract bool TryAdd(in T value);

        protected abstract void Clear();

        public sealed override Func<bool> Learner(DataViewRow row, DataViewSchema.Column column, int maximum)
        {
            if (column.Type is VectorDataViewType)
                return VectorLearner(row, column, maximum);
            var getter = row.GetGetter<T>(column);
            T value = default;
            return () =>
            {
                getter(ref value);
                return !TryAdd(in value) || Count < maximum;
            };
        }

        private Func<bool> VectorLearner(DataViewRow row, DataViewSchema.Column column, int maximum)
        {
            var getter = row.GetGetter<VBuffer<T>>(column);
            VBuffer<T> vector = default;
            bool sawDefault = false;
            return () =>
            {
                getter(ref vector);
                // The first sparse vector brings the default value, in its place.
                bool all = !vector.IsDense && !sawDefault;
                sawDefault |= all;
                foreach (var item in vector.Items(all))
                {
                    if (TryAdd(item.Value) && Count >= maximum)
                        return false;
                }

                return true;
            };
        }

        public sealed override void Sort()
        {
            var sorted = Values.Order(Order).ToArray();
            Clear();
            foreach (var value in sorted)
                TryAdd(in value);
        }

        public sealed override Delegate MakeGetter(DataViewRow row, DataViewSchema.Column column)
        {
            if (column.Type is not VectorDataViewType vector)
            {
                var getter = row.GetGetter<T>(column);
                T value = default;
                return (ValueGetter<uint>)((ref uint key) =>
                {
                    getter(ref value);
                    key = Find(in value);
                });
            }

            var vectorGetter = row.GetGetter<VBuffer<T>>(column);
            VBuffer<T> values = default;
            var keys = new SlotBuilder<uint>();
            bool defaultIsKnown = Find(default) != 0;
            return (ValueGetter<VBuffer<uint>>)((ref VBuffer<uint> destination) =>
            {
                vectorGetter(ref values);
                Contracts.Check(vector.Size == 0 || values.Length == vector.Size,
                    $"Column '{column.Name}': TermTransform expects {vector.Size} slots, but got {values.Length}");
                keys.Reset(values.Length);
                foreach (var (slot, value) in values.Items(all: defaultIsKnown))
                    keys.Add(slot, Find(in value));
                keys.GetResult(ref destination);
            });
        }

        public sealed override void AddKeyValues(DataViewSchema.Annotations.Builder builder, DataViewSchema.Column input, bool asText)
        {
            if (Count == 0)
                return;
            var source = input.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues);
            if (ItemType is KeyDataViewType key && source?.Type is VectorDataViewType { IsKnownSize: true } vector && (ulong)vector.Size == key.Count)
                ((Func<DataViewSchema.Annotations.Builder, DataViewSchema.Column, PrimitiveDataViewType, bool, object>)AddSourceValues<int>)
                    .CallFor<object>(vector.ItemType.RawType, builder, input, vector.ItemType, asText);
            else
                Add(builder, ItemType, Values.ToArray(), asText);
        }

        private object AddSourceValues<TValue>(DataViewSchema.Annotations.Builder builder, DataViewSchema.Column input, PrimitiveDataViewType type, bool asText)
        {
            VBuffer<TValue> all = default;
            input.Annotations.GetValue(AnnotationUtils.Kinds.KeyValues, ref all);
            Add(builder, type, Values.Select(value => all.GetItemOrDefault(Convert.ToInt32(value) - 1)).ToArray(), asText);
            return null;
        }

        private static void Add<TValue>(DataViewSchema.Annotations.Builder builder, PrimitiveDataViewType type, TValue[] values, bool asText)
        {
            if (asText && type is not TextDataViewType)
                builder.AddVector(AnnotationUtils.Kinds.KeyValues, TextDataViewType.Instance, values.Select(value => ValueText.Of(value, type).AsMemory()).ToArray());
            else
                builder.AddVector(AnnotationUtils.Kinds.KeyValues, type, values);
        }

        public sealed override void Save(ModelSaveContext ctx)
        {
            ctx.SaveType(ItemType);
            ctx.SaveValues(Values.ToArray());
        }

        protected sealed override void LoadValues(ModelLoadContext ctx)
        {
            foreach (var value in ctx.LoadValues<T>())
                Contracts.CheckDecode(TryAdd(in value));
        }
    }

    private sealed class ValueMap<T> : Map<T>
    {
        private readonly Dictionary<T, uint> _keys = [];
        private InPredicate<T> _isMissing;

        protected override IComparer<T> Order => Comparer<T>.Default;

        protected override uint Find(in T value) => _keys.GetValueOrDefault(value);

        protected override bool TryAdd(in T value)
        {
            _isMissing ??= Conversions.IsMissing<T>(ItemType) ?? ((in T _) => false);
            if (_isMissing(in value) || !_keys.TryAdd(value, (uint)_keys.Count + 1))
                return false;
            Values.Add(value);
            return true;
        }

        protected override void Clear()
        {
            _keys.Clear();
            Values.Clear();
        }
    }

    /// <summary>Of text; an empty one is missing.</summary>
    private sealed class TextMap : Map<ReadOnlyMemory<char>>
    {
        private readonly Dictionary<string, uint> _keys;
        private readonly Dictionary<string, uint>.AlternateLookup<ReadOnlySpan<char>> _find;

        public TextMap()
        {
            _keys = new Dictionary<string, uint>(StringComparer.Ordinal);
            _find = _keys.GetAlternateLookup<ReadOnlySpan<char>>();
        }

        protected override IComparer<ReadOnlyMemory<char>> Order
            => Comparer<ReadOnlyMemory<char>>.Create((a, b) => a.Span.CompareTo(b.Span, StringComparison.Ordinal));

        protected override uint Find(in ReadOnlyMemory<char> value) => _find.TryGetValue(value.Span, out uint key) ? key : 0;

        protected override bool TryAdd(in ReadOnlyMemory<char> value)
        {
            if (value.IsEmpty || _find.ContainsKey(value.Span))
                return false;
            // A copy, so that the map does not keep the whole line alive.
            string text = value.ToString();
            _keys.Add(text, (uint)_keys.Count + 1);
            Values.Add(text.AsMemory());
            return true;
        }

        protected override void Clear()
        {
            _keys.Clear();
            Values.Clear();
        }
    }
}
