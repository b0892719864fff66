using static TorchSharp.Aten;

namespace TorchSharp;

public static partial class torch
{
    // Products, factorisations, inverses.
    public partial class Tensor
    {
        private static readonly Op mmOp = Op.Get("aten::mm");

        private long[] Last(long count) => Array.ConvertAll(First(count), d => d + ndim - count);
        private static long[] First(long count) => Enumerable.Range(0, checked((int)count)).Select(d => (long)d).ToArray();

        public Tensor mm(Tensor target) => mmOp.Call(this, target);
        public Tensor matmul(Tensor target) => Call("matmul", this, target);
        public Tensor bmm(Tensor batch2) => Call("bmm", this, batch2);
        public Tensor mv(Tensor target) => Call("mv", this, target);
        public Tensor dot(Tensor target) => Call("dot", this, OfSameLength(target));
        public Tensor vdot(Tensor target) => Call("vdot", this, OfSameLength(target));

        private Tensor OfSameLength(Tensor target)
            => shape.Length == 1 && target.shape.Length == 1 && shape[0] == target.shape[0] ? target
                : throw new InvalidOperationException($"Two vectors of one length are expected, but the shapes are [{string.Join(", ", shape)}] and [{string.Join(", ", target.shape)}].");
        public Tensor inner(Tensor vec2) => Call("inner", this, vec2);
        public Tensor outer(Tensor vec2) => Call("outer", this, vec2);
        public Tensor ger(Tensor vec2) => Call("ger", this, vec2);
        public Tensor kron(Tensor other) => Call("kron", this, other);
        public Tensor tensordot(Tensor b, long dims = 2) => Call("tensordot", this, b, Last(dims), First(dims));
        public Tensor tensordot(Tensor b, long[] dims1, long[] dims2) => Call("tensordot", this, b, dims1, dims2);
        public Tensor tensordot(Tensor b, (long, long)[] dims) => Call("tensordot", this, b, Array.ConvertAll(dims, d => d.Item1), Array.ConvertAll(dims, d => d.Item2));
        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) => Call("addmm", this, mat1, mat2, beta, alpha);
        public Tensor addmm_(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) => InPlace("addmm_", this, mat1, mat2, beta, alpha);
        public Tensor addmv(Tensor mat, Tensor vec, float beta = 1, float alpha = 1) => Call("addmv", this, mat, vec, beta, alpha);
        public Tensor addmv_(Tensor mat, Tensor vec, float beta = 1, float alpha = 1) => InPlace("addmv_", this, mat, vec, beta, alpha);
        public Tensor addr(Tensor vec1, Tensor vec2, float beta = 1, float alpha = 1) => Call("addr", this, vec1, vec2, beta, alpha);
        public Tensor addr_(Tensor vec1, Tensor vec2, float beta = 1, float alpha = 1) => InPlace("addr_", this, vec1, vec2, beta, alpha);
        public Tensor addbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) => Call("addbmm", this, batch1, batch2, beta, alpha);
        public Tensor addbmm_(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) => InPlace("addbmm_", this, batch1, batch2, beta, alpha);
        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) => Call("baddbmm", this, batch1, batch2, beta, alpha);
        public Tensor trace() => ndim == 2 ? Call("trace", this) : throw new ArgumentException($"trace() needs a matrix, not a tensor with {ndim} dimensions.");
        public Tensor det() => Call("det", this);
        public Tensor logdet() => Call("logdet", this);
        public Tensor inverse() => Call("inverse", this);
        public Tensor pinverse(double rcond = 1E-15, bool hermitian = false) => hermitian ? Call("linalg_pinv", this, rcond, hermitian) : Call("pinverse", this, rcond);
        public Tensor matrix_exp() => Call("linalg_matrix_exp", this);
        public Tensor matrix_power(int n) => Call("linalg_matrix_power", this, n);
        public Tensor cholesky(bool upper = false) => Call("cholesky", this, upper);
        public Tensor cholesky_inverse(bool upper = false) => Call("cholesky_inverse", this, upper);
        public Tensor cholesky_solve(Tensor input2, bool upper = false) => Call("cholesky_solve", this, input2, upper);
        public (Tensor a, Tensor tau) geqrf() => Pair("geqrf", this);
        public Tensor ormqr(Tensor tau, Tensor other, bool left = true, bool transpose = false) => Call("ormqr", this, tau, other, left, transpose);
        public Tensor vander(long N = -1, bool increasing = false) => Call("vander", this, N == -1 ? default(Arg) : N, increasing);
    }
}
