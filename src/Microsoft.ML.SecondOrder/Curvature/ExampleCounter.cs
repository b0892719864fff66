using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Curvature;

/// <summary>
/// Counts the examples that go through a model: the first axis of its first input. Passes in evaluation mode or without
/// gradient tracking do not count; several passes before a step are micro-batches and add up.
/// </summary>
internal sealed class ExampleCounter : IDisposable
{
    private readonly Action _remove;

    /// <exception cref="ArgumentException">The model takes no tensor first, or more than three.</exception>
    public ExampleCounter(nn.Module model)
    {
        switch (model)
        {
            case nn.Module<Tensor, Tensor> one:
                var first = one.register_forward_pre_hook((self, x) => Count<Tensor>(self, x)!);
                _remove = () => first.remove();
                break;
            case nn.Module<Tensor, Tensor, Tensor> two:
                var second = two.register_forward_pre_hook((self, x, _) => Count<(Tensor, Tensor)?>(self, x));
                _remove = () => second.remove();
                break;
            case nn.Module<Tensor, Tensor, Tensor, Tensor> three:
                var third = three.register_forward_pre_hook((self, x, _, _) => Count<(Tensor, Tensor, Tensor)?>(self, x));
                _remove = () => third.remove();
                break;
            default:
                throw new ArgumentException(
                    $"The examples of a batch cannot be counted: '{model.GetName()}' is not a module of one to three tensors. Set the BatchSize of the method's options.", nameof(model));
        }
    }

    /// <summary>Examples since the last <see cref="Clear"/>.</summary>
    public long Examples { get; private set; }

    /// <summary>Starts from 0.</summary>
    public void Clear() => Examples = 0;

    public void Dispose() => _remove();

    /// <summary>Counts, and leaves the inputs as they are.</summary>
    private T? Count<T>(nn.Module module, Tensor input)
    {
        if (module.training && is_grad_enabled() && input.dim() > 0)
        {
            Examples += input.shape[0];
        }

        return default;
    }
}
