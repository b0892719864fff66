using static TorchSharp.Aten;

namespace TorchSharp;

public static partial class torch
{
    // Reductions over all or some dimensions, sorting, cumulative sums.
    public partial class Tensor
    {
        // libtorch always gives three tensors; those that were not asked for are empty.
        private static (Tensor, Tensor?, Tensor?) Unique(Tensor[] found, bool inverse, bool counts)
        {
            if (!inverse) found[1].Dispose();
            if (!counts) found[2].Dispose();
            return (found[0], inverse ? found[1] : null, counts ? found[2] : null);
        }

        public Tensor sum(ScalarType? type = null) => Call("sum", this, type);
        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => Call("sum.dim_IntList", this, dim, keepdim, type);
        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) => Call("sum.dim_IntList", this, dim, keepdim, type);
        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => Call("sum.dim_IntList", this, dim, keepdim, type);
        public Tensor sum(long dim0, long dim1, bool keepdim = false, ScalarType? type = null) => Call("sum.dim_IntList", this, Ints(dim0, dim1), keepdim, type);
        public Tensor sum(long dim0, long dim1, long dim2, bool keepdim = false, ScalarType? type = null) => Call("sum.dim_IntList", this, Ints(dim0, dim1, dim2), keepdim, type);
        public Tensor nansum() => Call("nansum", this);
        public Tensor mean() => Call("mean", this);
        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) => Call("mean.dim", this, dimensions, keepdim, type);
        public Tensor nanmean(int? dim = null, bool keepdim = false, ScalarType? dtype = null) => Call("nanmean", this, dim, keepdim, dtype);
        public Tensor median() => Call("median", this);
        public Tensor nanmedian() => Call("nanmedian", this);
        public Tensor prod(ScalarType? type = null) => Call("prod", this, type);
        public Tensor prod(long dim, bool keepdim = false, ScalarType? type = null) => Call("prod.dim_int", this, dim, keepdim, type);
        public Tensor std(bool unbiased = true) => Call("std", this, unbiased);
        public Tensor std(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Call("std.dim", this, dimensions, unbiased, keepdim);
        public Tensor std(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Call("std.dim", this, dimensions, unbiased, keepdim);
        public Tensor std(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Call("std.dim", this, dim, unbiased, keepdim);
        public Tensor std((long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Call("std.dim", this, Ints(dim.Item1, dim.Item2), unbiased, keepdim);
        public Tensor std((long, long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Call("std.dim", this, Ints(dim.Item1, dim.Item2, dim.Item3), unbiased, keepdim);
        public Tensor var(bool unbiased = true) => Call("var", this, unbiased);
        public Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Call("var.dim", this, dimensions, unbiased, keepdim);
        public Tensor var(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Call("var.dim", this, dimensions, unbiased, keepdim);
        public Tensor var(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Call("var.dim", this, dim, unbiased, keepdim);
        public Tensor var((long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Call("var.dim", this, Ints(dim.Item1, dim.Item2), unbiased, keepdim);
        public Tensor var((long, long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Call("var.dim", this, Ints(dim.Item1, dim.Item2, dim.Item3), unbiased, keepdim);
        public (Tensor std, Tensor mean) std_mean(bool unbiased = true) => Pair("std_mean", this, unbiased);
        public (Tensor std, Tensor mean) std_mean(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Pair("std_mean.dim", this, dimensions, unbiased, keepdim);
        public (Tensor std, Tensor mean) std_mean(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Pair("std_mean.dim", this, dim, unbiased, keepdim);
        public (Tensor var, Tensor mean) var_mean(bool unbiased = true) => Pair("var_mean", this, unbiased);
        public (Tensor std, Tensor mean) var_mean(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Pair("var_mean.dim", this, dimensions, unbiased, keepdim);
        public (Tensor var, Tensor mean) var_mean(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Pair("var_mean.dim", this, dim, unbiased, keepdim);
        public Tensor max() => Call("max", this);
        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) => Pair("max.dim", this, dim, keepdim);
        public Tensor min() => Call("min", this);
        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) => Pair("min.dim", this, dim, keepdim);
        public Tensor amax(long[] dims, bool keepdim = false, Tensor? @out = null) => @out is null ? Call("amax", this, dims, keepdim) : Call("amax.out", this, dims, keepdim, @out);
        public Tensor amax(params long[] dims) => Call("amax", this, dims);
        public Tensor amax(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) => amax(dims.ToArray(), keepdim, @out);
        public Tensor amin(long[] dims, bool keepdim = false, Tensor? @out = null) => @out is null ? Call("amin", this, dims, keepdim) : Call("amin.out", this, dims, keepdim, @out);
        public Tensor amin(params long[] dims) => Call("amin", this, dims);
        public Tensor amin(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) => amin(dims.ToArray(), keepdim, @out);
        public (Tensor min, Tensor max) aminmax(long? dim = null, bool keepdim = false) => Pair("aminmax", this, dim, keepdim);
        public Tensor argmax() => Call("argmax", this);
        public Tensor argmax(long dim, bool keepdim = false) => Call("argmax", this, dim, keepdim);
        public Tensor argmin() => Call("argmin", this);
        public Tensor argmin(long dim, bool keepdim = false) => Call("argmin", this, dim, keepdim);
        public Tensor all() => Call("all", this);
        public Tensor all(long dim, bool keepdim = false) => Call("all.dim", this, dim, keepdim);
        public Tensor any() => Call("any", this);
        public Tensor any(long dim, bool keepdim = false) => Call("any.dim", this, dim, keepdim);
        public Tensor count_nonzero(long[]? dims = null) => Call("count_nonzero.dim_IntList", this, dims ?? []);
        public Tensor norm(float p = 2) => Call("norm.Scalar", this, p);
        public Tensor norm(int dim, bool keepdim = false, float p = 2) => Call("norm.ScalarOpt_dim", this, p, dim, keepdim);
        public Tensor renorm(float p, long dim, float maxnorm) => Call("renorm", this, p, dim, maxnorm);
        public Tensor dist(Tensor other, float p = 2) => Call("dist", this, other, p);
        public Tensor logsumexp(long dim, bool keepdim = false) => Call("logsumexp", this, dim, keepdim);
        public Tensor logcumsumexp(long dim) => Call("logcumsumexp", this, dim);
        public Tensor cumsum(long dim, ScalarType? type = null) => Call("cumsum", this, dim, type);
        public Tensor cumprod(long dim, ScalarType? type = null) => Call("cumprod", this, dim, type);
        public (Tensor values, Tensor indexes) cummax(long dim) => Pair("cummax", this, dim);
        public (Tensor values, Tensor indexes) cummin(long dim) => Pair("cummin", this, dim);
        public Tensor diff(long n = 1, long dim = -1, Tensor? prepend = null, Tensor? append = null) => Call("diff", this, n, dim, prepend, append);
        public Tensor trapezoid(Tensor x, long dim = -1) => Call("trapezoid.x", this, x, dim);
        public Tensor trapezoid(double dx = 1, long dim = -1) => Call("trapezoid.dx", this, dx, dim);
        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) => Pair("sort.stable", this, stable, dim, descending);
        public Tensor argsort(long dim = -1, bool descending = false) => Call("argsort", this, dim, descending);
        public Tensor msort() => Call("msort", this);
        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true) => Pair("topk", this, k, dim, largest, sorted);
        public (Tensor values, Tensor indices) kthvalue(long k, long? dim, bool keepdim = false) => Pair("kthvalue", this, k, dim ?? -1, keepdim);
        public (Tensor values, Tensor indices) mode(long dim = -1, bool keepdim = false) => Pair("mode", this, dim, keepdim);
        public Tensor quantile(Tensor q, long dim = -1, bool keepdim = false) => Call("quantile", this, q, dim == -1 ? default(Arg) : dim, keepdim);
        public Tensor nanquantile(Tensor q, long dim = -1, bool keepdim = false) => Call("nanquantile", this, q, dim == -1 ? default(Arg) : dim, keepdim);
        public (Tensor output, Tensor? inverse_indices, Tensor? counts) unique(bool sorted = true, bool return_inverse = false, bool return_counts = false, int? dim = null) => Unique(dim is null ? Many("_unique2", this, sorted, return_inverse, return_counts) : Many("unique_dim", this, dim, sorted, return_inverse, return_counts), return_inverse, return_counts);
        public (Tensor output, Tensor? inverse_indices, Tensor? counts) unique_consecutive(bool return_inverse = false, bool return_counts = false, int? dim = null) => Unique(Many("unique_consecutive", this, return_inverse, return_counts, dim), return_inverse, return_counts);
        public Tensor bincount(Tensor? weights, long minlength = 0) => Call("bincount", this, weights, minlength);
        public Tensor histc(long bins = 100, long min = 0, long max = 0) => Call("histc", this, bins, min, max);
        public Tensor bucketize(Tensor boundaries, bool outInt32 = false, bool right = false) => Call("bucketize.Tensor", this, boundaries, outInt32, right);
        public Tensor cov(long correction = 1, Tensor? fweights = null, Tensor? aweights = null) => Call("cov", this, correction, fweights, aweights);
        public Tensor corrcoef() => Call("corrcoef", this);
    }
}
