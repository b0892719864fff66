using System.Runtime.CompilerServices;
using static TorchSharp.Aten;

namespace TorchSharp;

public static partial class torch
{
    // Indexers. Numbers, slices and new dimensions give a view; tensors among the indices give a copy.
    public partial class Tensor
    {
        [IndexerName("TensorItems")]
        public Tensor this[params TensorIndex[] indices] { get => index(indices); set => index_put_(value, indices); }

        [IndexerName("TensorItems")]
        public Tensor this[params Tensor[] indices] { get => index(indices); set => index_put_(value, indices); }

        [IndexerName("TensorItems")]
        public Tensor this[params long[] indices] { get => Select(indices); set => Assign(Select(indices), value); }

        [IndexerName("TensorItems")]
        public Tensor this[long i1] { get => select(0, i1); set => Assign(select(0, i1), value); }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2] { get => Select(i1, i2); set => Assign(Select(i1, i2), value); }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3] { get => Select(i1, i2, i3); set => Assign(Select(i1, i2, i3), value); }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4] { get => Select(i1, i2, i3, i4); set => Assign(Select(i1, i2, i3, i4), value); }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4, long i5] { get => Select(i1, i2, i3, i4, i5); set => Assign(Select(i1, i2, i3, i4, i5), value); }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4, long i5, long i6] { get => Select(i1, i2, i3, i4, i5, i6); set => Assign(Select(i1, i2, i3, i4, i5, i6), value); }

        private Tensor Select(params ReadOnlySpan<long> indices)
        {
            var result = alias();
            foreach (long i in indices)
                result = Replace(result, result.select(0, i));
            return result;
        }

        private static Tensor Replace(Tensor old, Tensor result)
        {
            old.Dispose();
            return result;
        }

        private static void Assign(Tensor view, Tensor value)
        {
            using (view)
                CopyBroadcast(view, value);
        }

        /// <summary>Leading dimensions of size one that the target lacks do not count.</summary>
        private static void CopyBroadcast(Tensor view, Tensor value)
        {
            long extra = value.ndim - view.ndim;
            if (extra <= 0 || value.shape.AsSpan(0, (int)extra).IndexOfAnyExcept(1) >= 0)
            {
                view.copy_(value);
                return;
            }
            using var fitting = value.reshape(value.shape[(int)extra..]);
            view.copy_(fitting);
        }

        public Tensor index(params TensorIndex[] indices)
        {
            var (view, tensors) = Resolve(indices);
            return tensors is null ? view : Replace(view, Call("index.Tensor", view, tensors));
        }

        public Tensor index(params Tensor[] indices) => index(Array.ConvertAll(indices, TensorIndex.Tensor));

        public Tensor index_put_(Tensor value, params TensorIndex[] indices) => index_put_(value, indices, false);
        public Tensor index_put_(Tensor value, params Tensor[] indices) => index_put_(value, indices, false);
        public Tensor index_put_(Tensor value, Tensor[] indices, bool accumulate = false) => index_put_(value, Array.ConvertAll(indices, TensorIndex.Tensor), accumulate);

        public Tensor index_put_(Tensor value, TensorIndex[] indices, bool accumulate = false)
        {
            var (view, tensors) = Resolve(indices);
            using (view)
            {
                if (tensors is not null)
                    InPlace("index_put_", view, tensors, value, accumulate);
                else if (accumulate)
                    view.add_(value);
                else
                    CopyBroadcast(view, value);
            }
            return this;
        }

        public Tensor index_put_(Scalar value, params TensorIndex[] indices)
        {
            using var number = Call("full", Array.Empty<long>(), value, dtype, default, device);
            return index_put_(number, indices, false);
        }

        public Tensor index_put_(Scalar value, params Tensor[] indices) => index_put_(value, Array.ConvertAll(indices, TensorIndex.Tensor));

        /// <summary>The view that the simple indices describe, and per dimension of it the tensor that remains to be applied.</summary>
        private (Tensor View, Tensor?[]? Tensors) Resolve(TensorIndex[] indices)
        {
            int taken = indices.Sum(i => i.kind is TensorIndex.Kind.Single or TensorIndex.Kind.Slice ? 1 : i.kind == TensorIndex.Kind.Tensor ? Width(i.tensor!) : 0);
            if (taken > ndim)
                throw new System.Runtime.InteropServices.ExternalException($"too many indices for tensor of dimension {ndim}");
            var view = alias();
            var tensors = new SortedDictionary<int, Tensor>();
            int dim = 0;
            foreach (var i in indices)
            {
                switch (i.kind)
                {
                    case TensorIndex.Kind.Single:
                        view = Replace(view, view.select(dim, i.start ?? throw new ArgumentException("An index has no value.")));
                        break;
                    case TensorIndex.Kind.Slice:
                        if (i.step is < 1)
                        {
                            view.Dispose();
                            throw new ArgumentException($"The step of a slice must be positive, but is {i.step}.");
                        }
                        if (i.start is not null || i.stop is not null || i.step is > 1)
                            view = Replace(view, Call("slice.Tensor", view, dim, i.start, i.stop, i.step ?? 1));
                        dim++;
                        break;
                    case TensorIndex.Kind.None or TensorIndex.Kind.Null:
                        view = Replace(view, view.unsqueeze(dim++));
                        break;
                    case TensorIndex.Kind.Ellipsis:
                        dim += (int)ndim - taken;
                        taken = (int)ndim;   // a second ellipsis stands for nothing
                        break;
                    case TensorIndex.Kind.Bool:
                        view = Replace(view, view.unsqueeze(dim));
                        tensors[dim++] = torch.tensor(new[] { i.start == 1 }, device: device);
                        break;
                    case TensorIndex.Kind.Tensor:
                        tensors[dim] = i.tensor!;
                        dim += Width(i.tensor!);
                        break;
                }
            }
            return (view, tensors.Count == 0 ? null : Enumerable.Range(0, tensors.Keys.Last() + 1).Select(k => tensors.GetValueOrDefault(k)).ToArray());
        }

        /// <summary>A mask covers as many dimensions as it has.</summary>
        private static int Width(Tensor index) => index.dtype is ScalarType.Bool or ScalarType.Byte ? (int)index.ndim : 1;
    }
}
