using System.Collections.Immutable;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>The parameters and buffers of a TorchSharp module as plain numbers, and back.</summary>
public static class ModuleWeights
{
    /// <summary>Copies all parameters and buffers, in single precision, in the order of the module's state.</summary>
    /// <param name="module">On any device, of any type.</param>
    public static ImmutableArray<NamedWeights> Read(nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return [.. module.state_dict().Select(entry => new NamedWeights(entry.Key, [.. entry.Value.shape], Values(entry.Value)))];
    }

    /// <summary>Writes numbers into parameters and buffers of the same names.</summary>
    /// <param name="module">Keeps its device and types.</param>
    /// <param name="weights">What is written.</param>
    /// <param name="names">How a tensor of <paramref name="weights"/> is called in the module, null to leave it out; null for the same names.</param>
    /// <param name="isPartial">Whether the module may have more than is written, and what is written more than the module has.</param>
    /// <returns>The names in the module that were written.</returns>
    /// <exception cref="ArgumentException">A shape differs; or, unless partial, something is missing or left over. Nothing is written then.</exception>
    public static IReadOnlyList<string> Load(nn.Module module, IEnumerable<NamedWeights> weights, Func<string, string?>? names = null, bool isPartial = false)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(weights);
        var state = module.state_dict();
        var sources = new Dictionary<string, NamedWeights>();
        foreach (var source in weights)
        {
            var name = names is null ? source.Name : names(source.Name);
            if (name is not null && !sources.TryAdd(name, source))
            {
                throw new ArgumentException($"Two of the tensors to load are called '{name}'.", nameof(weights));
            }
        }

        var problems = Problems(state, sources, isPartial).ToList();
        if (problems.Count > 0)
        {
            throw new ArgumentException($"The weights do not fit the module: {string.Join(" ", problems.Take(5))}{(problems.Count > 5 ? $" And {problems.Count - 5} more." : "")}", nameof(weights));
        }

        using var gradMode = no_grad();
        foreach (var (name, source) in sources.Where(s => state.ContainsKey(s.Key)))
        {
            using var scope = NewDisposeScope();
            state[name].copy_(tensor(source.Values).reshape(state[name].shape));
        }

        return [.. sources.Keys.Where(state.ContainsKey)];
    }

    private static IEnumerable<string> Problems(IDictionary<string, Tensor> state, Dictionary<string, NamedWeights> sources, bool isPartial)
    {
        foreach (var (name, source) in sources)
        {
            if (!state.TryGetValue(name, out var target))
            {
                if (!isPartial)
                {
                    yield return $"The module has no '{name}'.";
                }
            }
            else if (!target.shape.AsSpan().SequenceEqual(source.Shape.AsSpan()))
            {
                yield return $"'{name}' has the shape [{string.Join(", ", target.shape)}] in the module and [{string.Join(", ", source.Shape)}] in the weights.";
            }
            else if (source.Values.Length != target.numel())
            {
                yield return $"'{name}' of the shape [{string.Join(", ", source.Shape)}] comes with {source.Values.Length} numbers.";
            }
        }

        if (!isPartial)
        {
            foreach (var name in state.Keys.Where(n => !sources.ContainsKey(n)))
            {
                yield return $"The weights have no '{name}'.";
            }
        }

        if (isPartial && !sources.Keys.Any(state.ContainsKey))
        {
            yield return $"None of their {sources.Count} names is one of the module's, such as '{state.Keys.FirstOrDefault()}'; pass names to translate them.";
        }
    }

    private static float[] Values(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return MemoryMarshal.Cast<byte, float>(tensor.detach().to(float32).cpu().contiguous().bytes).ToArray();
    }
}
