using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(ColumnConcatenatingTransformer), null, typeof(SignatureLoadModel), "", ColumnConcatenatingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms
{
    public sealed class ColumnConcatenatingEstimator : IEstimator<ColumnConcatenatingTransformer>
    {
        private readonly IHost _host;
        private readonly string _name;
        private readonly string[] _sources;

        internal ColumnConcatenatingEstimator(IHostEnvironment env, string outputColumnName, params string[] inputColumnNames)
        {
            _host = env.Register(nameof(ColumnConcatenatingEstimator));
            _host.CheckNonEmpty(outputColumnName, nameof(outputColumnName));
            _host.CheckValue(inputColumnNames, nameof(inputColumnNames));
            _host.CheckParam(inputColumnNames.Length > 0, nameof(inputColumnNames), "Input columns not specified");
            _host.CheckParam(!inputColumnNames.Any(string.IsNullOrEmpty), nameof(inputColumnNames), "Contained some null or empty items");
            _name = outputColumnName;
            _sources = inputColumnNames;
        }

        public ColumnConcatenatingTransformer Fit(IDataView input)
        {
            _host.CheckValue(input, nameof(input));
            return new ColumnConcatenatingTransformer(_host, _name, _sources);
        }

        public SchemaShape GetOutputSchema(SchemaShape inputSchema)
        {
            _host.CheckValue(inputSchema, nameof(inputSchema));
            var inputs = _sources.Select(name => inputSchema.InputColumn(_host, name)).ToArray();
            var itemType = inputs[0].ItemType;
            foreach (var input in inputs)
            {
                _host.Check(!input.IsKey, $"Column '{input.Name}' is key. Concatenation of keys is unsupported.");
                _host.Check(input.ItemType.Equals(itemType), $"Concatenated columns should have the same type. Column '{input.Name}' has type of "
                    + $"{input.ItemType}, but expected column type is {itemType}.");
            }

            bool variable = inputs.Any(input => input.Kind == SchemaShape.Column.VectorKind.VariableVector);
            return inputSchema.With(new SchemaShape.Column(_name,
                variable ? SchemaShape.Column.VectorKind.VariableVector : SchemaShape.Column.VectorKind.Vector, itemType, false,
                TransformUtils.Shape(
                    inputs.All(AnnotationUtils.IsNormalized) ? TransformUtils.NormalizedShape : null,
                    inputs.Any(HasCategories) ? TransformUtils.CategoricalShape : null,
                    inputs.Any(input => input.Kind == SchemaShape.Column.VectorKind.Scalar || input.HasSlotNames()) ? TransformUtils.SlotNamesShape : null)));
        }

        private static bool HasCategories(SchemaShape.Column column)
            => column.Annotation(AnnotationUtils.Kinds.CategoricalSlotRanges) is { Kind: SchemaShape.Column.VectorKind.Vector } ranges
                && ranges.ItemType == NumberDataViewType.Int32;
    }
}

namespace Microsoft.ML.Data
{
    /// <summary>Puts columns of one item type side by side in a vector.</summary>
    public sealed class ColumnConcatenatingTransformer : RowToRowTransformerBase
    {
        internal const string LoaderSignature = "ConcatTransform";

        private readonly string _name;

        /// <summary>An alias replaces the column's name in slot names; equal to it, slot names get no prefix.</summary>
        private readonly (string Name, string Alias)[] _sources;

        internal ColumnConcatenatingTransformer(IHostEnvironment env, string outputColumnName, params string[] inputColumnNames)
            : this(env, outputColumnName, inputColumnNames.Select(name => (name, (string)null)).ToArray())
        {
        }

        internal ColumnConcatenatingTransformer(IHostEnvironment env, string outputColumnName, params (string Name, string Alias)[] sources)
            : base(env.Register(nameof(ColumnConcatenatingTransformer)))
        {
            _name = outputColumnName;
            _sources = sources;
        }

        private ColumnConcatenatingTransformer(IHostEnvironment env, ModelLoadContext ctx) : base(env.Register(nameof(ColumnConcatenatingTransformer)))
        {
            ctx.CheckAtModel(GetVersionInfo());
            _name = ctx.LoadNonEmptyString();
            _sources = Enumerable.Range(0, ctx.LoadCount(atLeast: 1)).Select(_ => (ctx.LoadNonEmptyString(), ctx.LoadStringOrNull())).ToArray();
        }

        private static VersionInfo GetVersionInfo() => new(modelSignature: "CONCAT F", verWrittenCur: 0x00010001, verReadableCur: 0x00010001,
            verWeCanReadBack: 0x00010001, loaderSignature: LoaderSignature, loaderAssemblyName: typeof(ColumnConcatenatingTransformer).Assembly.FullName);

        private protected override void SaveModel(ModelSaveContext ctx)
        {
            ctx.SetVersionInfo(GetVersionInfo());
            ctx.SaveNonEmptyString(_name);
            ctx.Writer.Write(_sources.Length);
            foreach (var (name, alias) in _sources)
            {
                ctx.SaveNonEmptyString(name);
                ctx.SaveStringOrNull(alias);
            }
        }

        private protected override RowToRowMapping Bind(DataViewSchema input)
        {
            var columns = _sources.Select(source => input.GetColumnOrNull(source.Name)
                ?? throw Host.ExceptSchemaMismatch("inputSchema", "input", source.Name)).ToArray();
            var itemType = columns[0].Type.GetItemType();
            foreach (var column in columns)
            {
                if (!column.Type.GetItemType().Equals(itemType))
                    throw Host.ExceptSchemaMismatch("inputSchema", "input", column.Name, itemType.ToString(), column.Type.ToString());
            }

            return new Mapping(input, columns, OutputColumn(columns, (PrimitiveDataViewType)itemType));
        }

        private DataViewSchema.DetachedColumn OutputColumn(DataViewSchema.Column[] columns, PrimitiveDataViewType itemType)
        {
            if (columns is [{ Type: VectorDataViewType } only])
                return new DataViewSchema.DetachedColumn(_name, only.Type, only.Annotations);
            int size = columns.Any(column => column.Type.GetValueCount() == 0) ? 0 : columns.Sum(column => column.Type.GetValueCount());
            var annotations = new DataViewSchema.Annotations.Builder();
            if (itemType is NumberDataViewType && columns.All(TransformUtils.IsNormalized))
                annotations.AddNormalized();
            if (size > 0 && columns.Any(column => column.Type is not VectorDataViewType || column.HasSlotNames(column.Type.GetValueCount())))
                annotations.AddSlotNames(columns.SelectMany(SlotNames).ToArray());
            if (size > 0 && columns.Any(column => column.CategoricalRangesOrNull() != null))
                annotations.AddCategoricalRanges(Ranges(columns).ToArray());
            return new DataViewSchema.DetachedColumn(_name, new VectorDataViewType(itemType, size), annotations.ToAnnotations());
        }

        private IEnumerable<string> SlotNames(DataViewSchema.Column column, int place)
        {
            string alias = _sources[place].Alias;
            if (column.Type is not VectorDataViewType vector)
                return [alias ?? column.Name];
            string prefix = alias == column.Name ? "" : (alias ?? column.Name) + ".";
            return column.SlotNamesOrNull()?.Select(name => name.Length == 0 ? "" : prefix + name) ?? Enumerable.Repeat("", vector.Size);
        }

        private static IEnumerable<int> Ranges(DataViewSchema.Column[] columns)
        {
            int start = 0;
            foreach (var column in columns)
            {
                foreach (int slot in column.CategoricalRangesOrNull() ?? [])
                    yield return start + slot;
                start += column.Type.GetValueCount();
            }
        }

        private sealed class Mapping(DataViewSchema schema, DataViewSchema.Column[] columns, DataViewSchema.DetachedColumn added) : RowToRowMapping(schema, added)
        {
            protected override IEnumerable<int> DependenciesOf(int added) => columns.Select(column => column.Index);

            protected override Delegate MakeGetter(DataViewRow input, int added)
                => ((Func<DataViewRow, Delegate>)Getter<int>).CallFor<Delegate>(columns[0].Type.GetItemType().RawType, input);

            private ValueGetter<VBuffer<T>> Getter<T>(DataViewRow input)
            {
                if (columns is [{ Type: VectorDataViewType } only])
                    return input.GetGetter<VBuffer<T>>(only);
                var parts = columns.Select(column => new Part<T>(input, column)).ToArray();
                return (ref VBuffer<T> destination) =>
                {
                    int length = 0, count = 0;
                    foreach (var part in parts)
                    {
                        part.Fetch();
                        length = checked(length + part.Length);
                        count += part.Count;
                    }

                    bool sparse = count <= length / 2;
                    var editor = VBufferEditor.Create(ref destination, length, sparse ? count : length);
                    int slot = 0, next = 0;
                    foreach (var part in parts)
                    {
                        if (sparse)
                            next = part.CopyTo(editor.Values, editor.Indices, next, slot);
                        else
                            part.CopyTo(editor.Values.Slice(slot, part.Length));
                        slot += part.Length;
                    }

                    destination = editor.Commit();
                };
            }
        }

        /// <summary>The value of one of the columns.</summary>
        private sealed class Part<T>
        {
            private readonly string _name;
            private readonly int _size;
            private readonly ValueGetter<T> _scalarGetter;
            private readonly ValueGetter<VBuffer<T>> _vectorGetter;
            private T _scalar;
            private VBuffer<T> _vector;

            public Part(DataViewRow row, DataViewSchema.Column column)
            {
                _name = column.Name;
                _size = column.Type.GetValueCount();
                if (column.Type is VectorDataViewType)
                    _vectorGetter = row.GetGetter<VBuffer<T>>(column);
                else
                    _scalarGetter = row.GetGetter<T>(column);
            }

            public int Length => _vectorGetter == null ? 1 : _vector.Length;

            public int Count => _vectorGetter == null ? 1 : _vector.GetValues().Length;

            public void Fetch()
            {
                if (_vectorGetter == null)
                {
                    _scalarGetter(ref _scalar);
                    return;
                }

                _vectorGetter(ref _vector);
                if (_size > 0 && _vector.Length != _size)
                    throw Contracts.Except($"Column '{_name}': expected {_size} slots, but got {_vector.Length}");
            }

            public void CopyTo(Span<T> destination)
            {
                if (_vectorGetter == null)
                    destination[0] = _scalar;
                else
                    _vector.CopyTo(destination);
            }

            /// <summary>Adds the explicit values; returns the next place.</summary>
            public int CopyTo(Span<T> values, Span<int> indices, int next, int slot)
            {
                if (_vectorGetter == null)
                {
                    values[next] = _scalar;
                    indices[next] = slot;
                    return next + 1;
                }

                var source = _vector.GetValues();
                var sourceIndices = _vector.GetIndices();
                source.CopyTo(values[next..]);
                for (int i = 0; i < source.Length; i++)
                    indices[next + i] = slot + (sourceIndices.IsEmpty ? i : sourceIndices[i]);
                return next + source.Length;
            }
        }
    }
}
