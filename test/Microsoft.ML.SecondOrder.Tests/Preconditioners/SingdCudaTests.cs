using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using Microsoft.ML.SecondOrder.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Preconditioners;

/// <summary>A CUDA device makes the steps that the processor makes. Run by <c>build/cuda.sh</c>.</summary>
[Trait("Category", "RequiresCuda")]
public sealed class SingdCudaTests
{
    public static TheoryData<MatrixPattern> Patterns => FewNumbersTests.Patterns;

    [Theory, MemberData(nameof(Patterns))]
    public void Steps_on_the_device_are_those_on_the_processor(MatrixPattern pattern)
    {
        Requires.Cuda();
        using var scope = NewDisposeScope();
        var (onProcessor, onDevice) = (Train(pattern, CPU), Train(pattern, CUDA));

        Assert.All(onProcessor.Zip(onDevice), p => Assert.True(allclose(p.First, p.Second.cpu(), 1e-7, 1e-9)));
    }

    private static List<Tensor> Train(MatrixPattern pattern, Device device)
    {
        manual_seed(5);
        using var network = nn.Sequential(("conv", nn.Conv2d(2, 4, 3, padding: 1)), ("tanh", nn.Tanh()), ("flatten", nn.Flatten()), ("output", nn.Linear(100, 3)));
        var (x, y) = (randn(new long[] { 8, 2, 5, 5 }, float64).to(device), randn(new long[] { 8, 3 }, float64).to(device));
        network.to(float64);
        network.to(device);
        using var optimizer = new SecondOrderOptimizer(network, new SingdOptions { Inputs = pattern, Outputs = pattern, UpdateInterval = 2 }, 0.01, normConstraint: 1e-2);
        for (var step = 0; step < 6; step++)
        {
            optimizer.zero_grad();
            network.call(x).sub(y).square().sum(dim: 1L).mean().backward();
            optimizer.step();
        }

        return [.. network.parameters().Select(p => p.detach().clone())];
    }
}
