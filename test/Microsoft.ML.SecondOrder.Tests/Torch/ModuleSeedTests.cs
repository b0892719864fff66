using Microsoft.ML.SecondOrder.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Torch;

/// <summary>What networks of the user's own do to libtorch's generator.</summary>
[Collection(nameof(GlobalRandomState))]
public sealed class ModuleSeedTests
{
    [Fact]
    public void Asking_for_the_shapes_leaves_the_seed_of_libtorch_alone()
    {
        var network = Network.FromModule("seedless", _ => nn.Identity());
        torch.random.manual_seed(5);
        using var expected = rand(3);
        torch.random.manual_seed(5);
        network.ParameterShapes(new NetworkShape(2, 2));
        using var actual = rand(3);

        Assert.Equal(expected.data<float>().ToArray(), actual.data<float>().ToArray());
    }
}
