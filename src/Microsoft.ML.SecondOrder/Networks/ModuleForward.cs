using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>The forward pass of a module that only libtorch can run, on the processor. Safe to share between threads.</summary>
internal sealed class ModuleForward : IManagedForward
{
    private readonly nn.Module<Tensor, Tensor> _module;
    private readonly NetworkShape _shape;

    /// <exception cref="ArgumentException">The weights are not the module's.</exception>
    public ModuleForward(nn.Module<Tensor, Tensor> module, NetworkShape shape, IReadOnlyList<NamedWeights> weights)
    {
        (_module, _shape) = (module, shape);
        ModuleWeights.Load(module, weights);
        module.eval();
    }

    public void Run(ReadOnlySpan<float> inputs, Span<float> outputs)
    {
        using var scope = NewDisposeScope();
        using var gradMode = no_grad();
        var row = empty(1, _shape.Inputs);
        inputs.CopyTo(MemoryMarshal.Cast<byte, float>(row.bytes));
        MemoryMarshal.Cast<byte, float>(_module.call(row).to(float32).contiguous().bytes).CopyTo(outputs);
    }
}
