using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Optimizers;

/// <summary>The state of an optimizer and the parameters and buffers of its model as they once were, kept on their device. Owns the copies, borrows the rest.</summary>
internal sealed class OptimizerSnapshot(nn.Module model, SecondOrderOptimizer optimizer) : IDisposable
{
    private readonly Dictionary<string, Tensor> _copies = [];
    private HashSet<string> _started = [];
    private HashSet<string> _moving = [];
    private long _steps;

    /// <summary>Whether something was taken.</summary>
    public bool IsTaken { get; private set; }

    /// <summary>Remembers how everything is now.</summary>
    public void Take()
    {
        using var gradMode = no_grad();
        var left = _copies.Keys.ToHashSet();
        foreach (var (name, tensor) in All())
        {
            left.Remove(name);
            Copy(name, tensor);
        }

        foreach (var name in left)
        {
            _copies.Remove(name, out var old);
            old?.Dispose();
        }

        _started = [.. optimizer.Parts.Where(p => p.Preconditioner.IsStarted).Select(p => p.Name)];
        _moving = [.. optimizer.Parts.Where(p => p.Momentum is not null).Select(p => p.Name)];
        _steps = optimizer.Steps;
        IsTaken = true;
    }

    /// <summary>Makes everything as it was; what layers have seen since the last step is forgotten.</summary>
    public void Restore()
    {
        using var gradMode = no_grad();
        foreach (var part in optimizer.Parts)
        {
            part.Discard();
            part.Preconditioner.Prepare(_started.Contains(part.Name));
            part.Preconditioner.Prepare(OptimizerFile.Shapes(part, _copies));
            part.PrepareMomentum(_moving.Contains(part.Name));
        }

        foreach (var (name, tensor) in All())
        {
            tensor.copy_(_copies[name]);
        }

        optimizer.Steps = _steps;
        optimizer.Arm();
    }

    public void Dispose()
    {
        foreach (var copy in _copies.Values)
        {
            copy.Dispose();
        }

        _copies.Clear();
    }

    private IEnumerable<(string Name, Tensor Tensor)> All()
    {
        foreach (var part in OptimizerFile.Tensors(optimizer))
        {
            yield return part;
        }

        foreach (var (name, parameter) in model.state_dict())
        {
            yield return ($"{name}/weights", parameter);
        }
    }

    private void Copy(string name, Tensor tensor)
    {
        if (_copies.TryGetValue(name, out var copy) && copy.dtype == tensor.dtype && copy.shape.AsSpan().SequenceEqual(tensor.shape))
        {
            copy.copy_(tensor);
            return;
        }

        copy?.Dispose();
        using var detached = tensor.detach();
        _copies[name] = detached.clone().DetachFromDisposeScope();
    }
}
