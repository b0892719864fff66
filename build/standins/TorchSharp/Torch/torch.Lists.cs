using static TorchSharp.Aten;

namespace TorchSharp;

public static partial class torch
{
    // Functions of several tensors.
    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => Call("cat", Arg.List(tensors), dim);
    public static Tensor cat(Tensor[] tensors, long dim = 0) => Call("cat", tensors, dim);
    public static Tensor cat(ReadOnlySpan<Tensor> tensors, long dim = 0) => Call("cat", tensors.ToArray(), dim);
    public static Tensor concat(IList<Tensor> tensors, long dim = 0) => cat(tensors, dim);
    public static Tensor concat(Tensor[] tensors, long dim = 0) => cat(tensors, dim);
    public static Tensor concat(ReadOnlySpan<Tensor> tensors, long dim = 0) => cat(tensors, dim);
    public static Tensor concatenate(IList<Tensor> tensors, long axis = 0) => cat(tensors, axis);
    public static Tensor concatenate(Tensor[] tensors, long axis = 0) => cat(tensors, axis);
    public static Tensor concatenate(ReadOnlySpan<Tensor> tensors, long axis = 0) => cat(tensors, axis);
    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) => Call("stack", Arg.List(tensors), dim);
    public static Tensor hstack(ReadOnlySpan<Tensor> tensors) => Call("hstack", tensors.ToArray());
    public static Tensor hstack(IList<Tensor> tensors) => Call("hstack", Arg.List(tensors));
    public static Tensor hstack(params Tensor[] tensors) => Call("hstack", tensors);
    public static Tensor vstack(ReadOnlySpan<Tensor> tensors) => Call("vstack", tensors.ToArray());
    public static Tensor vstack(IList<Tensor> tensors) => Call("vstack", Arg.List(tensors));
    public static Tensor vstack(Tensor[] tensors) => Call("vstack", tensors);
    public static Tensor dstack(ReadOnlySpan<Tensor> tensors) => Call("dstack", tensors.ToArray());
    public static Tensor dstack(IList<Tensor> tensors) => Call("dstack", Arg.List(tensors));
    public static Tensor dstack(params Tensor[] tensors) => Call("dstack", tensors);
    public static Tensor column_stack(ReadOnlySpan<Tensor> tensors) => Call("column_stack", tensors.ToArray());
    public static Tensor column_stack(IList<Tensor> tensors) => Call("column_stack", Arg.List(tensors));
    public static Tensor column_stack(params Tensor[] tensors) => Call("column_stack", tensors);
    public static Tensor row_stack(ReadOnlySpan<Tensor> tensors) => vstack(tensors);
    public static Tensor row_stack(IList<Tensor> tensors) => vstack(tensors);
    public static Tensor row_stack(params Tensor[] tensors) => vstack(tensors);
    public static Tensor block_diag(params Tensor[] tensors) => Call("block_diag", tensors);
    public static Tensor cartesian_prod(IList<Tensor> tensors) => Call("cartesian_prod", Arg.List(tensors));
    public static Tensor cartesian_prod(params Tensor[] tensors) => Call("cartesian_prod", tensors);
    public static Tensor[] meshgrid(IEnumerable<Tensor> tensors, string indexing = "ij") => Many("meshgrid.indexing", Arg.List(tensors), indexing);
    public static IList<Tensor> broadcast_tensors(params Tensor[] tensors) => Many("broadcast_tensors", tensors);
    public static Tensor einsum(string equation, params Tensor[] tensors) => Call("einsum", equation, tensors);
    public static Tensor chain_matmul(params Tensor[] matrices) => Call("chain_matmul", matrices);
    public static Tensor where(Tensor condition, Tensor x, Tensor y) => x.where(condition, y);
    public static Tensor[] where(Tensor condition) => Many("where", condition.CheckedMask());
    public static Tensor complex(Tensor real, Tensor imag) => Call("complex", real, imag);
    public static Tensor polar(Tensor abs, Tensor angle) => Call("polar", abs, angle);
    public static Tensor cdist(Tensor x1, Tensor x2, double p = 2, compute_mode compute_mode = compute_mode.use_mm_for_euclid_dist_if_necessary) => Call("cdist", x1, x2, p, (long)compute_mode);
    public static Tensor searchsorted(Tensor sorted_sequence, Tensor values, bool out_int32 = false, bool right = false, Tensor? sorter = null) => Call("searchsorted.Tensor", sorted_sequence, values, out_int32, right, default, sorter);
    public static Tensor combinations(Tensor input, int r = 2, bool with_replacement = false) => Call("combinations", input, r, with_replacement);
    public static Tensor cholesky(Tensor input) => linalg.cholesky(input);
    public static (Tensor res, Tensor logabsdet) slogdet(Tensor A) => linalg.slogdet(A);
    public static Tensor norm(Tensor input) => input.norm();
    public static Tensor softmax(Tensor input, int dim, ScalarType? dtype = null) => input.softmax(dim, dtype);
    public static Tensor gather(Tensor input, long dim, Tensor index, bool sparse_grad = false) => Call("gather", input, dim, index, sparse_grad);
    public static Tensor movedim(Tensor input, long source, long destination) => input.movedim([source], [destination]);
    public static Tensor moveaxis(Tensor input, long source, long destination) => input.movedim([source], [destination]);
    public static Tensor randperm(long n, Tensor @out, Generator? generator = null) => InPlaceOut(@out, n, generator);
    public static Tensor real(Tensor input) => input.real;
    public static Tensor imag(Tensor input) => input.imag;
    public static long numel(Tensor input) => input.numel();
    public static bool is_nonzero(Tensor input) => input.is_nonzero();
    public static bool is_tensor(object obj) => obj is Tensor;

    private static Tensor InPlaceOut(Tensor @out, long n, Generator? generator)
    {
        Call("randperm.generator_out", n, generator, @out).Dispose();
        return @out;
    }
}

public enum compute_mode { use_mm_for_euclid_dist_if_necessary = 0, use_mm_for_euclid_dist = 1, donot_use_mm_for_euclid_dist = 2 }
