using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Torch;

/// <summary>What a layer's inputs and output gradients can be captured by.</summary>
public sealed class HookTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    private sealed class CallsForward : nn.Module<Tensor, Tensor>
    {
        public readonly Linear Inner = nn.Linear(3, 2);

        public CallsForward() : base("calls-forward") => RegisterComponents();

        public override Tensor forward(Tensor input) => Inner.forward(input);
    }

    [Fact]
    public void Hooks_run_on_call_only()
    {
        var layer = nn.Linear(3, 2);
        var ran = 0;
        layer.register_forward_hook((_, _, output) =>
        {
            ran++;
            return output;
        });

        _ = layer.forward(ones(1, 3));
        Assert.Equal(0, ran);
        _ = layer.call(ones(1, 3));
        Assert.Equal(1, ran);
    }

    [Fact]
    public void A_module_that_calls_forward_inside_bypasses_the_hooks_of_its_parts()
    {
        var module = new CallsForward();
        var ran = 0;
        module.Inner.register_forward_hook((_, _, output) =>
        {
            ran++;
            return output;
        });

        _ = module.call(ones(1, 3));

        Assert.Equal(0, ran);
    }

    [Fact]
    public void A_hook_sees_the_module_its_input_and_its_output()
    {
        var layer = nn.Linear(3, 2);
        (long[] In, long[] Out, bool Same)? seen = null;
        layer.register_forward_hook((self, input, output) =>
        {
            seen = (input.shape, output.shape, ReferenceEquals(self, layer));
            return null!;
        });

        _ = layer.call(ones(5, 3));

        Assert.Equal([5L, 3], seen!.Value.In);
        Assert.Equal([5L, 2], seen.Value.Out);
        Assert.True(seen.Value.Same);
    }

    [Fact]
    public void A_hook_may_replace_the_output_and_null_leaves_it()
    {
        var layer = nn.Linear(3, 2);
        var leaving = layer.register_forward_hook((_, _, _) => null!);
        Assert.Equal([1L, 2], layer.call(ones(1, 3)).shape);
        leaving.remove();

        layer.register_forward_hook((_, _, output) => output.mul(0));

        Assert.Equal(0, layer.call(ones(1, 3)).abs().sum().ToSingle());
    }

    [Fact]
    public void A_pre_hook_may_replace_the_input()
    {
        var layer = nn.Linear(3, 2, hasBias: false);
        layer.register_forward_pre_hook((_, input) => input.mul(0));

        Assert.Equal(0, layer.call(ones(1, 3)).abs().sum().ToSingle());
    }

    [Fact]
    public void A_removed_hook_is_gone()
    {
        var layer = nn.Linear(3, 2);
        var ran = 0;
        var remover = layer.register_forward_hook((_, _, output) =>
        {
            ran++;
            return output;
        });

        remover.remove();
        _ = layer.call(ones(1, 3));

        Assert.Equal(0, ran);
    }

    [Fact]
    public void The_modules_of_a_network_do_not_contain_the_network_itself()
    {
        Assert.Empty(nn.Linear(3, 2).named_modules());
        Assert.Equal(["a", "b"], nn.Sequential(("a", nn.Linear(3, 2)), ("b", nn.ReLU())).named_modules().Select(m => m.name));
    }

    [Fact]
    public void A_sequence_disposes_what_flows_between_its_layers()
    {
        var first = nn.Linear(3, 2);
        Tensor? between = null;
        first.register_forward_hook((_, _, output) =>
        {
            between = output;
            return output;
        });

        _ = nn.Sequential(("a", first), ("b", nn.Tanh())).call(ones(1, 3));

        Assert.True(between!.IsInvalid);
    }

    [Fact]
    public void An_alias_taken_out_of_the_scope_survives_and_receives_the_gradient()
    {
        var first = nn.Linear(3, 2);
        Tensor? kept = null;
        first.register_forward_hook((_, _, output) =>
        {
            kept = output.alias().DetachFromDisposeScope();
            kept.retain_grad();
            return output;
        });
        var network = nn.Sequential(("a", first), ("b", nn.Tanh()));

        using (NewDisposeScope()) network.call(ones(1, 3)).sum().backward();

        Assert.False(kept!.IsInvalid);
        var derivative = 1 - kept.tanh().square();
        Assert.True(allclose(kept.grad!, derivative));
        kept.Dispose();
    }

    [Fact]
    public void A_dispose_scope_takes_tensors_made_in_a_hook_along()
    {
        var layer = nn.Linear(3, 2);
        Tensor? made = null;
        layer.register_forward_hook((_, input, output) =>
        {
            made = input.detach();
            return output;
        });

        using (NewDisposeScope()) _ = layer.call(ones(1, 3));

        Assert.True(made!.IsInvalid);
    }

    [Fact]
    public void A_gradient_is_not_retained_where_none_is_recorded()
    {
        var layer = nn.Linear(3, 2);

        using (no_grad())
        {
            var output = layer.call(ones(1, 3));
            Assert.False(output.requires_grad);
            Assert.Throws<ExternalException>(output.retain_grad);
        }
    }

    [Fact]
    public void Each_forward_pass_has_an_output_with_a_gradient_of_its_own()
    {
        var layer = nn.Linear(3, 2);
        var outputs = new List<Tensor>();
        layer.register_forward_hook((_, _, output) =>
        {
            var alias = output.alias();
            alias.retain_grad();
            outputs.Add(alias);
            return output;
        });

        for (var pass = 1; pass <= 3; pass++) layer.call(full([1, 3], (float)pass)).mul(pass).sum().backward();

        Assert.Equal([1f, 2f, 3f], outputs.Select(o => o.grad![0, 0].ToSingle()));
    }

    [Fact]
    public void An_in_place_change_after_the_layer_makes_the_retained_gradient_wrong_but_a_clone_keeps_it_right()
    {
        // Known trap: the alias sees the post-activation value.
        var x = tensor(new float[] { -1, 1 }).reshape(1, 2).requires_grad_(true);
        var y = x.mul(2);
        var alias = y.alias();
        alias.retain_grad();
        y.relu_();
        y.sum().backward();
        Assert.Equal([1f, 1f], alias.grad!.data<float>().ToArray());

        var z = x.mul(2);
        z.retain_grad();
        var copy = z.clone();
        copy.relu_();
        copy.sum().backward();
        Assert.Equal([0f, 1f], z.grad!.data<float>().ToArray());
    }

    [Fact]
    public void Output_gradients_times_inputs_are_the_weight_gradient_of_a_linear_layer()
    {
        var layer = nn.Linear(3, 2);
        var (input, gradient) = Capture(layer, randn(4, 3), out _);

        Assert.True(allclose(gradient.t().mm(input), layer.weight.grad!, atol: 1e-6));
        Assert.True(allclose(gradient.sum(new long[] { 0 }), layer.bias!.grad!, atol: 1e-6));
    }

    [Fact]
    public void Output_gradients_times_unfolded_inputs_are_the_weight_gradient_of_a_convolution()
    {
        var layer = nn.Conv2d(2, 3, 3, stride: 2, padding: 1);
        var (input, gradient) = Capture(layer, randn(2, 2, 5, 5), out _);

        var patches = nn.functional.unfold(input, (3, 3), padding: (1, 1), stride: (2, 2));
        var product = einsum("nop,nip->oi", gradient.flatten(2), patches);

        Assert.True(allclose(product.reshape(3, 2, 3, 3), layer.weight.grad!, atol: 1e-4));
    }

    [Fact]
    public void Native_attention_layers_show_no_inner_modules()
        => Assert.Empty(nn.TransformerEncoderLayer(8, 2, 16, 0.0).named_modules());

    private static (Tensor Input, Tensor Gradient) Capture(nn.Module<Tensor, Tensor> layer, Tensor x, out Tensor output)
    {
        Tensor? input = null, captured = null;
        var remover = layer.register_forward_hook((_, i, o) =>
        {
            input = i.detach();
            captured = o.alias();
            captured.retain_grad();
            return o;
        });
        output = layer.call(x);
        output.square().sum().backward();
        remover.remove();
        return (input!, captured!.grad!);
    }
}
