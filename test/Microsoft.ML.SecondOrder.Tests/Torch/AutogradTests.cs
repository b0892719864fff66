using System.Runtime.InteropServices;
using Microsoft.ML.SecondOrder.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Torch;

public sealed class AutogradTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Backward_adds_to_the_gradients_of_leaves()
    {
        var x = tensor(new float[] { 2, 3 }, requires_grad: true);

        x.square().sum().backward();
        Assert.Equal([4f, 6f], x.grad!.data<float>().ToArray());
        x.square().sum().backward();
        Assert.Equal([8f, 12f], x.grad!.data<float>().ToArray());
    }

    [Fact]
    public void A_gradient_is_a_new_handle_at_each_look()
    {
        var x = tensor(new float[] { 2 }, requires_grad: true);
        Assert.Null(x.grad);
        x.square().backward();

        var (a, b) = (x.grad!, x.grad!);

        Assert.NotSame(a, b);
        a.fill_(7);
        Assert.Equal(7, b.ToSingle());
        a.Dispose();
        Assert.False(b.IsInvalid);
    }

    [Fact]
    public void A_gradient_can_be_set_and_cleared()
    {
        var x = tensor(new float[] { 2 }, requires_grad: true);

        x.grad = ones(1);
        Assert.Equal(1, x.grad!.ToSingle());
        x.grad = null;

        Assert.Null(x.grad);
    }

    [Fact]
    public void Backward_from_several_tensors_with_gradients_given()
    {
        var x = tensor(new float[] { 2, 3 }, requires_grad: true);

        autograd.backward(new List<Tensor> { x.square() }, new List<Tensor> { tensor(new float[] { 1, 10 }) });

        Assert.Equal([4f, 60f], x.grad!.data<float>().ToArray());
    }

    [Fact]
    public void A_graph_can_be_kept_for_another_pass()
    {
        var x = tensor(new float[] { 2 }, requires_grad: true);
        var y = x.square().sum();

        autograd.backward(new List<Tensor> { y }, null, true, false);
        y.backward();

        Assert.Equal(8, x.grad!.ToSingle());
        Assert.Throws<ExternalException>(() => y.backward());
    }

    [Fact]
    public void Gradients_are_returned_without_touching_the_leaves()
    {
        var x = tensor(new float[] { 2, 3 }, requires_grad: true);

        var gradients = autograd.grad(new List<Tensor> { x.square().sum() }, new List<Tensor> { x });

        Assert.Equal([4f, 6f], Assert.Single(gradients).data<float>().ToArray());
        Assert.Null(x.grad);
    }

    [Fact]
    public void Gradients_can_be_differentiated_again()
    {
        var x = tensor(new float[] { 2 }, requires_grad: true);
        var y = x.pow(3).sum();

        var first = autograd.grad(new List<Tensor> { y }, new List<Tensor> { x }, null, retain_graph: true, create_graph: true)[0];
        var second = autograd.grad(new List<Tensor> { first.sum() }, new List<Tensor> { x })[0];

        Assert.Equal(12, first.ToSingle(), 4);
        Assert.Equal(12, second.ToSingle(), 4);
    }

    [Fact]
    public void An_input_that_was_not_used_has_no_gradient_where_allowed()
    {
        Tensor used = ones(1, requires_grad: true), unused = ones(1, requires_grad: true);

        var gradients = autograd.grad(new List<Tensor> { used.square().sum() }, new List<Tensor> { used, unused }, null, false, false, allow_unused: true);

        Assert.Equal(2, gradients.Count);
        Assert.Equal(2, gradients[0].ToSingle());
    }

    [Fact]
    public void Recording_is_switched_off_and_on_by_scopes()
    {
        var x = ones(1, requires_grad: true);

        using (no_grad())
        {
            Assert.False(is_grad_enabled());
            Assert.False(x.mul(2).requires_grad);
            using (enable_grad()) Assert.True(x.mul(2).requires_grad);
            using (set_grad_enabled(true)) Assert.True(is_grad_enabled());
        }
        using (inference_mode()) Assert.False(x.mul(2).requires_grad);

        Assert.True(is_grad_enabled());
        Assert.False(x.detach().requires_grad);
        Assert.True(x.is_leaf);
        Assert.False(x.mul(2).is_leaf);
    }

    [Fact]
    public void A_leaf_that_records_cannot_be_changed_in_place()
    {
        var x = ones(1, requires_grad: true);

        Assert.Throws<ExternalException>(() => x.add_(1));
        using (no_grad()) x.add_(1);
        Assert.Equal(2, x.ToSingle());
    }

    [Fact]
    public void Two_ways_to_the_gradient_of_an_output_agree()
    {
        var x = tensor(new float[] { 2, 3 }).requires_grad_(true);

        var y = x.mul(2);
        y.retain_grad();
        var offset = zeros_like(y).requires_grad_(true);
        (y + offset).square().sum().backward();

        Assert.True(allclose(y.grad!, offset.grad!));
    }

    [Fact]
    public void A_function_of_ones_own_has_its_own_backward()
    {
        var x = tensor(new float[] { 2, 3 }).requires_grad_(true);
        Tensor? seen = null;

        Action<Tensor> watch = gradient => seen = gradient.clone().DetachFromDisposeScope();
        var y = Watched.apply(x, watch);
        y.square().sum().backward();

        Assert.Equal([4f, 6f], seen!.data<float>().ToArray());
        Assert.Equal([4f, 6f], x.grad!.data<float>().ToArray());
        seen!.Dispose();
    }

    [Fact]
    public void A_bad_gradient_request_is_an_error()
    {
        Requires.TorchSharpStandIn("the real autograd.grad ends the process on any error of libtorch.");

        Assert.Throws<ExternalException>(() => autograd.grad(new List<Tensor> { ones(1) }, new List<Tensor> { ones(1) }));
        Tensor used = ones(1, requires_grad: true), unused = ones(1, requires_grad: true);
        Assert.Throws<ExternalException>(() => autograd.grad(new List<Tensor> { used.square().sum() }, new List<Tensor> { unused }));
    }

    private sealed class Watched : autograd.SingleTensorFunction<Watched>
    {
        public override string Name => nameof(Watched);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            ctx.save_data("callback", vars[1]);
            return ((Tensor)vars[0]).view_as((Tensor)vars[0]);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            ((Action<Tensor>)ctx.get_data("callback")!)(grad_output);
            return [grad_output, null!];
        }
    }
}
