using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Support;

/// <summary>Weights that depend on a seed alone, also while other tests draw from libtorch's only generator.</summary>
public static class Seeded
{
    /// <summary>Fills all parameters with numbers of [−½, ½).</summary>
    public static void Fill(nn.Module module, int seed)
    {
        using var scope = NewDisposeScope();
        using var gradMode = no_grad();
        var random = new Random(seed);
        foreach (var parameter in module.parameters())
        {
            parameter.copy_(tensor([.. Enumerable.Range(0, (int)parameter.numel()).Select(_ => random.NextDouble() - 0.5)], dtype: float64).reshape(parameter.shape));
        }
    }
}
