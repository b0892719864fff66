using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>Tensors that a method keeps from step to step, by name. Owns them.</summary>
internal sealed class NamedTensors : IDisposable
{
    private readonly Dictionary<string, Tensor> _tensors = [];
    private readonly HashSet<string> _onProcessor = [];

    public Tensor this[string name] => _tensors[name];

    public bool IsEmpty => _tensors.Count == 0;

    public IReadOnlyDictionary<string, Tensor> All => _tensors;

    /// <summary>All, as the state of a method.</summary>
    /// <param name="more">Of the same method.</param>
    public IReadOnlyDictionary<string, IReadOnlyList<Tensor>> State(params IEnumerable<KeyValuePair<string, Tensor>> more) =>
        _tensors.Concat(more).ToDictionary(t => t.Key, IReadOnlyList<Tensor> (t) => [t.Value]);

    /// <summary>Keeps a tensor: it lives until this is disposed or its tensors are replaced.</summary>
    public Tensor Add(string name, Tensor tensor)
    {
        _tensors.Add(name, tensor.DetachFromDisposeScope());
        return tensor;
    }

    /// <summary>Keeps a count that begins at 0 and stays on the processor, so that reading it waits for no device: [1].</summary>
    public Tensor AddCount(string name)
    {
        _onProcessor.Add(name);
        return Add(name, zeros(new long[] { 1 }, float64, CPU));
    }

    /// <summary>Keeps these tensors in place of all.</summary>
    public void Replace(params (string Name, Tensor Tensor)[] tensors)
    {
        Clear();
        foreach (var (name, tensor) in tensors)
        {
            Add(name, tensor);
        }
    }

    public void To(Device device)
    {
        foreach (var (name, tensor) in _tensors.Where(t => !_onProcessor.Contains(t.Key)).ToList())
        {
            _tensors[name] = tensor.to(device, copy: true).DetachFromDisposeScope();
            tensor.Dispose();
        }
    }

    public void Dispose() => Clear();

    private void Clear()
    {
        foreach (var tensor in _tensors.Values)
        {
            tensor.Dispose();
        }

        _tensors.Clear();
        _onProcessor.Clear();
    }
}
