using System.Runtime.InteropServices;
using Microsoft.ML.SecondOrder.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Torch;

public sealed class LinearAlgebraTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    // Positive definite, eigenvalues 1 and 3.
    private readonly Tensor _a = tensor(new double[] { 2, 1, 1, 2 }).reshape(2, 2);

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Products()
    {
        var (m, v) = (tensor(new double[] { 1, 2, 3, 4 }).reshape(2, 2), tensor(new double[] { 1, 10 }));

        Close([7, 10, 15, 22], m.mm(m));
        Close([7, 10, 15, 22], m.matmul(m));
        Close([21, 43], m.mv(v));
        Close([7, 10, 15, 22], m.unsqueeze(0).bmm(m.unsqueeze(0)));
        Close([7, 10, 15, 22], einsum("ij,jk->ik", m, m));
        Close([1, 10, 10, 100], outer(v, v));
        Close([0.5 * 1 + 2 * 7, 0.5 * 2 + 2 * 10, 0.5 * 3 + 2 * 15, 0.5 * 4 + 2 * 22], m.addmm(m, m, 0.5f, 2f));
        Close([1, 0, 2, 0, 0, 1, 0, 2, 3, 0, 4, 0, 0, 3, 0, 4], kron(m, eye(2, dtype: float64)));
        Assert.Equal(101, v.dot(v).ToDouble());
    }

    [Fact]
    public void Diagonals_and_triangles()
    {
        var m = tensor(new double[] { 1, 2, 3, 4 }).reshape(2, 2);

        Close([1, 4], m.diagonal(0, 0, 1));
        Close([1, 0, 0, 4], diag(m.diagonal(0, 0, 1)));
        Close([1, 2, 0, 4], m.triu());
        Close([1, 0, 3, 4], m.tril());
        Close([1, 0, 0, 1], eye(2, dtype: float64));
    }

    [Fact]
    public void Cholesky_factors_solve_and_invert()
    {
        var l = linalg.cholesky(_a);

        Close([2, 1, 1, 2], l.mm(l.t()));
        Close([1, 0, 0, 1], _a.mm(eye(2, dtype: float64).cholesky_solve(l)));
        Close([2.0 / 3, -1.0 / 3, -1.0 / 3, 2.0 / 3], l.cholesky_inverse());
    }

    [Fact]
    public void A_matrix_that_is_not_positive_definite_is_an_error_or_a_number()
    {
        var m = tensor(new double[] { 1, 2, 2, 1 }).reshape(2, 2);

        Assert.Throws<ExternalException>(() => linalg.cholesky(m));
        Assert.Equal(2, linalg.cholesky_ex(m).info.ToInt32());
        Assert.Equal(0, linalg.cholesky_ex(_a).info.ToInt32());
        Close([Math.Sqrt(2), 0, 1 / Math.Sqrt(2), Math.Sqrt(1.5)], linalg.cholesky_ex(_a).L);
    }

    [Fact]
    public void Symmetric_eigenvalues_come_in_ascending_order()
    {
        var (values, vectors) = linalg.eigh(_a);

        Close([1, 3], values);
        Close([2, 1, 1, 2], vectors.mul(values).mm(vectors.t()));
    }

    [Fact]
    public void Other_factorizations_multiply_to_the_matrix()
    {
        var m = tensor(new double[] { 1, 2, 3, 4, 5, 7 }).reshape(3, 2);

        var (q, r) = linalg.qr(m);
        Close([1, 2, 3, 4, 5, 7], q.mm(r));
        var (u, s, vh) = linalg.svd(m, fullMatrices: false);
        Close([1, 2, 3, 4, 5, 7], u.mul(s).mm(vh));
        Close([2.0 / 3, -1.0 / 3, -1.0 / 3, 2.0 / 3], linalg.inv(_a));
        Close([1, 0, 0, 1], linalg.solve(_a, _a));
    }

    [Fact]
    public void Norms()
    {
        Assert.Equal(Math.Sqrt(10), linalg.norm(_a).ToDouble(), 10);
        Assert.Equal(5, linalg.vector_norm(tensor(new double[] { 3, 4 }), 2.0).ToDouble(), 10);
        Close([8 + 6, 13, 13, 14], linalg.multi_dot(new List<Tensor> { _a, _a, _a }));
    }

    [Fact]
    public void Bfloat16_multiplies_but_has_no_factorizations()
    {
        var b = eye(4).mul(2).to(bfloat16);

        Assert.Equal(bfloat16, b.mm(b).dtype);
        Assert.Equal(16, b.mm(b).to(float32).sum().ToSingle());
        Assert.Throws<ExternalException>(() => linalg.eigh(b));
        Assert.Throws<ExternalException>(() => linalg.cholesky(b));
        Assert.Equal([4L, 2], nn.functional.linear(b, ones([2, 4], bfloat16)).shape);
    }

    [Fact]
    public void Bfloat16_is_differentiated()
    {
        var w = ones([2, 2], bfloat16).requires_grad_(true);

        w.mm(ones([2, 2], bfloat16)).sum().backward();

        Assert.Equal(bfloat16, w.grad!.dtype);
        Assert.Equal(8, w.grad!.to(float32).sum().ToSingle());
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_errors_that_the_process_survives()
    {
        Assert.Throws<ExternalException>(() => ones(2, 3).mm(ones(2, 3)));
        Assert.Throws<ExternalException>(() => ones(1, 2, 3).bmm(ones(1, 2, 3)));
        Assert.Throws<ExternalException>(() => ones(2).add(ones(3)));
        Assert.Throws<InvalidOperationException>(() => ones(2, 2).dot(ones(2, 2)));
        Assert.Throws<ExternalException>(() => ones(2, 3).reshape(4, 4));
        Assert.Throws<ExternalException>(() => ones(2, 2).to(int64).inverse());
        Assert.Throws<ExternalException>(() => ones(2, 2).mm(ones([2, 2], float64)));
        Assert.Throws<ExternalException>(() => einsum("ij,jk->ik", ones(2, 3), ones(2, 3)));
        Assert.Throws<ExternalException>(() => cat(new List<Tensor> { ones(2, 2), ones(3, 3) }, 0));
    }

    [Fact]
    public void The_error_of_a_call_starts_with_what_is_wrong()
    {
        var error = Assert.Throws<ExternalException>(() => ones(2, 3).mm(ones(2, 3)));

        Assert.Contains("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)", error.Message.Split('\n')[0]);
    }

    [Fact]
    public void A_product_of_shapes_that_do_not_fit_is_an_error()
    {
        Requires.TorchSharpStandIn("the real matmul ends the process when shapes do not fit.");

        Assert.Throws<ExternalException>(() => ones(2, 3).matmul(ones(2, 3)));
        Assert.Throws<ExternalException>(() => matmul(ones(2, 3), ones(2, 3)));
    }

    private static void Close(double[] expected, Tensor actual)
        => Assert.Equal(expected, actual.detach().flatten().data<double>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-10);
}
