using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>
/// The forward pass of a module that only libtorch can run, on the processor. Safe to share between threads. The last bits of
/// a row may depend on how many rows are computed at once: that is up to libtorch.
/// </summary>
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
        var rows = empty(inputs.Length / _shape.Inputs, _shape.Inputs);
        inputs.CopyTo(MemoryMarshal.Cast<byte, float>(rows.bytes));
        MemoryMarshal.Cast<byte, float>(_module.call(rows).to(float32).contiguous().bytes).CopyTo(outputs);
    }
}
