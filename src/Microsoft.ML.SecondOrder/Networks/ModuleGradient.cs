using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>The derivative of a module, by libtorch on the processor: all rows in one pass each way. Safe to share between threads.</summary>
internal sealed class ModuleGradient : IManagedGradient
{
    private readonly nn.Module<Tensor, Tensor> _module;
    private readonly NetworkShape _shape;

    /// <exception cref="ArgumentException">The weights are not the module's.</exception>
    public ModuleGradient(nn.Module<Tensor, Tensor> module, NetworkShape shape, IReadOnlyList<NamedWeights> weights)
    {
        (_module, _shape) = (module, shape);
        ModuleWeights.Load(module, weights);
        module.eval();
        foreach (var parameter in module.parameters())
        {
            parameter.requires_grad = false; // only the inputs' gradient is asked for
        }
    }

    public void Differentiate(ReadOnlySpan<float> inputs, OutputGradient function, Span<float> gradients)
    {
        using var scope = NewDisposeScope();
        using var gradMode = enable_grad();
        var rows = inputs.Length / _shape.Inputs;
        var points = empty(rows, _shape.Inputs);
        inputs.CopyTo(MemoryMarshal.Cast<byte, float>(points.bytes));
        points.requires_grad = true;
        var outputs = _module.call(points); // [R, O]
        var found = outputs.requires_grad ? autograd.grad([outputs], [points], [Vectors(outputs, function)], allow_unused: true)[0] : null;
        if (found is null || found.IsInvalid)
        {
            gradients.Clear();
            return;
        }

        MemoryMarshal.Cast<byte, float>(found.contiguous().bytes).CopyTo(gradients);
    }

    /// <summary>The function's gradient at each row's outputs: [R, O].</summary>
    private Tensor Vectors(Tensor outputs, OutputGradient function)
    {
        var vectors = zeros(outputs.shape, float32);
        var f = MemoryMarshal.Cast<byte, float>(outputs.detach().to(float32).contiguous().bytes);
        var g = MemoryMarshal.Cast<byte, float>(vectors.bytes);
        for (var first = 0; first < g.Length; first += _shape.Outputs)
        {
            function(f.Slice(first, _shape.Outputs), g.Slice(first, _shape.Outputs));
        }

        return vectors.to(outputs.dtype);
    }
}
