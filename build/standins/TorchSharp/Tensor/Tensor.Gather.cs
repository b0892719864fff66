using static TorchSharp.Aten;

namespace TorchSharp;

public static partial class torch
{
    // Reading and writing chosen elements; indexers are in Tensor.Index.cs.
    public partial class Tensor
    {
        private Tensor[] NonzeroColumns()
        {
            using var places = nonzero();
            return places.split(1, 1);
        }

        public Tensor index_select(long dim, Tensor index) => Call("index_select", this, dim, index);
        public Tensor index_add(long dim, Tensor index, Tensor source, Scalar alpha) => Call("index_add", this, dim, index, source, alpha);
        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha) => InPlace("index_add_", this, dim, index, source, alpha);
        public Tensor index_copy(long dim, Tensor index, Tensor source) => Call("index_copy", this, dim, index, source);
        public Tensor index_copy_(long dim, Tensor index, Tensor source) => InPlace("index_copy_", this, dim, index, source);
        public Tensor index_fill(long dim, Tensor index, Scalar value) => Call("index_fill.int_Scalar", this, dim, index, value);
        public Tensor index_fill_(long dim, Tensor index, Scalar value) => InPlace("index_fill_.int_Scalar", this, dim, index, value);
        public Tensor masked_fill(Tensor mask, Scalar value) => Call("masked_fill.Scalar", this, BooleanOnly(mask), value);
        public Tensor masked_fill_(Tensor mask, Scalar value) => InPlace("masked_fill_.Scalar", this, BooleanOnly(mask), value);
        public Tensor masked_scatter(Tensor mask, Tensor value) => Call("masked_scatter", this, BooleanOnly(mask), value);
        public Tensor masked_scatter_(Tensor mask, Tensor value) => InPlace("masked_scatter_", this, BooleanOnly(mask), value);
        public Tensor masked_select(Tensor mask) => Call("masked_select", this, mask.CheckedMask());

        // What TorchSharp itself checks, before libtorch does.
        internal Tensor CheckedMask()
            => dtype == ScalarType.Bool ? this : throw new ArgumentException($"The mask must be a boolean tensor, but it is {dtype}.");

        // Newer versions of libtorch refuse any other mask; older ones read it as bytes, without a word.
        private static Tensor BooleanOnly(Tensor mask)
            => mask.dtype == ScalarType.Bool ? mask : throw new System.Runtime.InteropServices.ExternalException($"The mask must be a boolean tensor, but it is {mask.dtype}.");

        public Tensor gather(long dim, Tensor index) => Call("gather", this, dim, index);
        public Tensor scatter(long dim, Tensor index, Tensor src) => Call("scatter.src", this, dim, index, src);
        public Tensor scatter_(long dim, Tensor index, Tensor src) => InPlace("scatter_.src", this, dim, index, src);
        public Tensor scatter_add(long dim, Tensor index, Tensor src) => Call("scatter_add", this, dim, index, src);
        public Tensor scatter_add_(long dim, Tensor index, Tensor src) => InPlace("scatter_add_", this, dim, index, src);
        public Tensor select_scatter(Tensor src, long dim, long index) => Call("select_scatter", this, src, dim, index);
        public Tensor slice_scatter(Tensor src, long dim = 0, long? start = null, long? end = null, long step = 1) => Call("slice_scatter", this, src, dim, start, end, step);
        public Tensor diagonal_scatter(Tensor src, long offset = 0, long dim1 = 0, long dim2 = 1) => Call("diagonal_scatter", this, src, offset, dim1, dim2);
        public Tensor take(Tensor index) => Call("take", this, index);
        public Tensor take_along_dim(Tensor indices) => Call("take_along_dim", this, indices);
        public Tensor take_along_dim(Tensor indices, long dim) => Call("take_along_dim", this, indices, dim);
        public Tensor take_along_dim(IEnumerable<long> indices) => take_along_dim(tensor(indices.ToArray()));
        public Tensor take_along_dim(IEnumerable<long> indices, long dim) => take_along_dim(tensor(indices.ToArray()), dim);
        public Tensor nonzero() => Call("nonzero", this);
        public IList<Tensor> nonzero_as_list() => NonzeroColumns();
        public Tensor argwhere() => Call("argwhere", this);
    }
}
