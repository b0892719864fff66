using System.Collections.Concurrent;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>
/// The modules of the user's own that saved models may name. A saved model holds a name and numbers, never code: the process
/// that loads it registers the function that makes the module.
/// </summary>
public static class NetworkRegistry
{
    private static readonly ConcurrentDictionary<string, Func<NetworkShape, nn.Module<Tensor, Tensor>>> _modules = new();

    /// <summary>Makes a module known by a name, once in a process and before a model with it is loaded. A later call replaces an earlier one.</summary>
    /// <param name="name">As given to <see cref="Network.FromModule"/>.</param>
    /// <param name="create">Makes the module, with the parameters that the saved one had, for data of a shape.</param>
    public static void Register(string name, Func<NetworkShape, nn.Module<Tensor, Tensor>> create)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(create);
        _modules[name] = create;
    }

    /// <exception cref="InvalidOperationException">No module of that name is registered.</exception>
    internal static ModuleNetwork Find(string name) => _modules.TryGetValue(name, out var create)
        ? new ModuleNetwork(name, create)
        : throw new InvalidOperationException(
            $"The model has a network of its author's own, called '{name}', which this process does not know. "
            + $"Call NetworkRegistry.Register(\"{name}\", shape => …) with the function that makes it, before loading.");
}
