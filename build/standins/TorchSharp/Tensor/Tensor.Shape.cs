using static TorchSharp.Aten;

namespace TorchSharp;

public static partial class torch
{
    // Views, joins and other rearrangements.
    public partial class Tensor
    {
        private Tensor Unflatten(long dim, long[] sizes)
        {
            if (dim < 0) dim += ndim;
            if (dim < 0 || dim >= ndim || sizes.Length == 0)
                throw new ArgumentException($"unflatten: dimension {dim} of a tensor with {ndim} dimensions into {sizes.Length} sizes.");
            long[] old = shape;
            return reshape([.. old[..(int)dim], .. sizes, .. old[(int)(dim + 1)..]]);
        }

        public Tensor view(params long[] shape) => Call("view", this, shape);
        public Tensor view_as(Tensor other) => view(other.shape);
        public Tensor view_as_complex() => Call("view_as_complex", this);
        public Tensor view_as_real() => Call("view_as_real", this);
        public Tensor reshape(params long[] shape) => Call("reshape", this, shape);
        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Call("flatten.using_ints", this, start_dim, end_dim);
        public Tensor unflatten(long dim, params long[] sizes) => Unflatten(dim, sizes);
        public Tensor unflatten(long dim, Size sizes) => Unflatten(dim, sizes.Shape);
        public Tensor ravel() => Call("ravel", this);
        public Tensor squeeze(long? dim = null) => dim is null ? Call("squeeze", this) : Call("squeeze.dim", this, dim);
        public Tensor squeeze_(long? dim = null) => dim is null ? InPlace("squeeze_", this) : InPlace("squeeze_.dim", this, dim);
        public Tensor unsqueeze(long dim) => Call("unsqueeze", this, dim);
        public Tensor unsqueeze_(long dim) => InPlace("unsqueeze_", this, dim);
        public Tensor t() => Call("t", this);
        public Tensor transpose(long dim0, long dim1) => Call("transpose.int", this, dim0, dim1);
        public Tensor transpose_(long dim0, long dim1) => InPlace("transpose_", this, dim0, dim1);
        public Tensor swapaxes(long dim0, long dim1) => transpose(dim0, dim1);
        public Tensor swapdims(long dim0, long dim1) => transpose(dim0, dim1);
        public Tensor permute(params long[] permutation) => Call("permute", this, permutation);
        public Tensor permute(IEnumerable<long> permutation) => Call("permute", this, permutation.ToArray());
        public Tensor movedim(long[] source, long[] destination) => Call("movedim.intlist", this, source, destination);
        public Tensor moveaxis(long[] source, long[] destination) => movedim(source, destination);
        public Tensor expand(long[] sizes, bool isImplicit = false) => Call("expand", this, sizes, isImplicit);
        public Tensor expand(Size sizes, bool isImplicit = false) => Call("expand", this, sizes, isImplicit);
        public Tensor expand(params long[] sizes) => Call("expand", this, sizes);
        public Tensor expand(ReadOnlySpan<long> sizes, bool isImplicit = false) => Call("expand", this, sizes, isImplicit);
        public Tensor expand_as(Tensor other) => Call("expand_as", this, other);
        public Tensor broadcast_to(params long[] shape) => Call("broadcast_to", this, shape);
        public Tensor repeat(params long[] sizes) => Call("repeat", this, sizes);
        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null) => Call("repeat_interleave.self_int", this, repeats, dim, output_size);
        public Tensor repeat_interleave(Tensor repeats, long? dim = null, long? output_size = null) => Call("repeat_interleave.self_Tensor", this, repeats, dim, output_size);
        public Tensor tile(long[] reps) => Call("tile", this, reps);
        public Tensor flip(params long[] dims) => Call("flip", this, dims);
        public Tensor fliplr() => Call("fliplr", this);
        public Tensor flipud() => Call("flipud", this);
        public Tensor roll(long shifts, long? dims = null) => Call("roll", this, shifts, dims is null ? Ints() : dims);
        public Tensor roll(long[] shifts, long[] dims) => Call("roll", this, shifts, dims);
        public Tensor roll(long[] shifts) => Call("roll", this, shifts);
        public Tensor roll((long, long) shifts, (long, long) dims) => Call("roll", this, Ints(shifts.Item1, shifts.Item2), Ints(dims.Item1, dims.Item2));
        public Tensor roll((long, long, long) shifts, (long, long, long) dims) => Call("roll", this, Ints(shifts.Item1, shifts.Item2, shifts.Item3), Ints(dims.Item1, dims.Item2, dims.Item3));
        public Tensor roll(ReadOnlySpan<long> shifts, ReadOnlySpan<long> dims = default) => Call("roll", this, shifts, dims);
        public Tensor rot90(long k = 1, (long, long)? dims = null) => Call("rot90", this, k, dims is { } d ? Ints(d.Item1, d.Item2) : Ints(0, 1));
        public Tensor narrow(long dim, long start, long length) => Call("narrow", this, dim, start, length);
        public Tensor slice(long dim, long start, long finish, long step) => Call("slice.Tensor", this, dim, start, finish, step);
        public Tensor select(long dim, long index) => Call("select.int", this, dim, index);
        public Tensor unfold(long dimension, long size, long step) => Call("unfold", this, dimension, size, step);
        public Tensor as_strided(long[] size, long[] strides, long storageOffset = 0) => Call("as_strided", this, size, strides, storageOffset);
        public Tensor diag(long diagonal = 0) => Call("diag", this, diagonal);
        public Tensor diagflat(long offset = 0) => Call("diagflat", this, offset);
        public Tensor diagonal(long offset = 0, long dim1 = 0, long dim2 = 1) => Call("diagonal", this, offset, dim1, dim2);
        public Tensor diag_embed(long offset = 0, long dim1 = -2, long dim2 = -1) => Call("diag_embed", this, offset, dim1, dim2);
        public Tensor tril(long diagonal = 0) => Call("tril", this, diagonal);
        public Tensor tril_(long diagonal = 0) => Call("tril_", this, diagonal); // another handle, as in the original
        public Tensor triu(long diagonal = 0) => Call("triu", this, diagonal);
        public Tensor triu_(long diagonal = 0) => Call("triu_", this, diagonal); // another handle, as in the original
        public Tensor[] split(long size, int dim = 0) => Many("split.Tensor", this, size, dim);
        public Tensor[] split(long[] sizes, long dim = 0) => Many("split_with_sizes", this, sizes, dim);
        public Tensor[] split(ReadOnlySpan<long> sizes, long dim = 0) => Many("split_with_sizes", this, sizes, dim);
        public Tensor[] split(params long[] sizes) => Many("split_with_sizes", this, sizes);
        public Tensor[] chunk(long chunks, long dim = 0) => Many("chunk", this, chunks, dim);
        public Tensor[] unbind(long dimension = 0) => Many("unbind.int", this, dimension);
        public Tensor[] tensor_split(long size, long dim = 0) => Many("tensor_split.sections", this, size, dim);
        public Tensor[] tensor_split(long[] sizes, long dim = 0) => Many("tensor_split.indices", this, sizes, dim);
        public Tensor atleast_1d() => Call("atleast_1d", this);
        public Tensor atleast_2d() => Call("atleast_2d", this);
        public Tensor atleast_3d() => Call("atleast_3d", this);
        public static Tensor block_diag(params Tensor[] tensors) => Call("block_diag", tensors);
        public Tensor adjoint() => Call("adjoint", this);
        public Tensor channel_shuffle(long groups) => Call("channel_shuffle", this, groups);
    }
}
