using Microsoft.ML.SecondOrder.Curvature;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Curvature;

public sealed class LayerTapTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Linear _layer = nn.Linear(3, 2);
    private readonly List<(Tensor Inputs, Tensor Gradients, long Batch, long Positions)> _samples = [];
    private readonly LayerTap _tap;

    public LayerTapTests()
    {
        _tap = new LayerTap(LayerRule.For(_layer)!, _layer, WeightSharing.Expand, withBias: true)
        {
            Completed = s => _samples.Add((s.Inputs.clone().DetachFromDisposeScope(), s.OutputGradients.clone().DetachFromDisposeScope(), s.Batch, s.Positions)),
        };
        _tap.Arm(_ => true);
    }

    public void Dispose()
    {
        _tap.Dispose();
        foreach (var (inputs, gradients, _, _) in _samples)
        {
            inputs.Dispose();
            gradients.Dispose();
        }

        _layer.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Gradient_survives_an_in_place_activation()
    {
        var x = randn(64, 3);

        _layer.call(x).relu_().sum().backward();
        _tap.Drain();

        var (inputs, gradients, _, _) = Assert.Single(_samples);
        Assert.True(allclose(gradients.t().mm(inputs).narrow(1, 0, 3), _layer.weight.grad!));
        Assert.Contains(gradients.data<float>(), g => g == 0); // of 128 draws, some are below 0
    }

    [Fact]
    public void Sequential_that_disposes_its_intermediates_is_heard_all_the_same()
    {
        using var network = nn.Sequential(("layer", _layer), ("activation", nn.Tanh()), ("output", nn.Linear(2, 1)));

        network.call(randn(4, 3)).sum().backward();
        _tap.Drain();

        var (inputs, gradients, _, _) = Assert.Single(_samples);
        Assert.True(allclose(gradients.t().mm(inputs).narrow(1, 0, 3), _layer.weight.grad!));
    }

    [Fact]
    public void Several_uses_in_one_pass_are_one_sample_with_more_positions()
    {
        var (first, second) = (randn(4, 3), randn(4, 3));

        _layer.call(first).sum().add(_layer.call(second).square().sum()).backward();
        _tap.Drain();

        var (inputs, gradients, batch, positions) = Assert.Single(_samples);
        Assert.Equal((4, 2, 8), (batch, positions, inputs.shape[0]));
        Assert.True(allclose(gradients.t().mm(inputs).narrow(1, 0, 3), _layer.weight.grad!, 1e-4, 1e-5));
    }

    [Fact]
    public void Each_pass_is_a_sample_of_its_own()
    {
        _layer.call(randn(4, 3)).sum().backward();
        _layer.call(randn(2, 3)).sum().backward();
        _tap.Drain();

        Assert.Equal([4, 2], _samples.Select(s => s.Batch));
    }

    [Fact]
    public void Passes_without_gradients_and_in_evaluation_mode_do_not_count()
    {
        using (no_grad())
        {
            _layer.call(randn(4, 3));
        }

        _layer.eval();
        _layer.call(randn(4, 3)).sum().backward();
        _layer.train();
        _layer.call(randn(5, 3)); // no backward pass

        _tap.Drain();

        Assert.Empty(_samples);
        Assert.Equal(3, _tap.Calls);
    }

    [Fact]
    public void Nothing_is_kept_that_is_not_wanted()
    {
        _tap.Arm(rows => rows > 4);

        _layer.call(randn(4, 3)).sum().backward();
        _tap.Drain();

        Assert.Empty(_samples);
    }

    [Fact]
    public void A_disposed_tap_leaves_the_layer_as_it_was()
    {
        _tap.Dispose();

        Support.Leak.None(() =>
        {
            using var scope = NewDisposeScope();
            _layer.call(ones(4, 3));
        });
    }
}
