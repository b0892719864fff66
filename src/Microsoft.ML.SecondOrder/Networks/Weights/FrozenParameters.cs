using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>Parameters of a network that a training leaves as they are.</summary>
internal static class FrozenParameters
{
    /// <summary>Tells libtorch to make no gradients for them. Before an optimizer is made: it takes what has gradients.</summary>
    /// <param name="network">Whose parameters are meant.</param>
    /// <param name="patterns">Names of parameters, names of the modules that hold them, or beginnings of names with a * after them.</param>
    /// <returns>The names of the parameters.</returns>
    /// <exception cref="ArgumentException">A pattern stands for no parameter, or all of them would be frozen.</exception>
    public static IReadOnlyList<string> Freeze(nn.Module network, IEnumerable<string> patterns)
    {
        var parameters = network.named_parameters().ToList();
        var frozen = new HashSet<string>();
        foreach (var pattern in patterns)
        {
            var found = parameters.Select(p => p.name).Where(name => IsMeant(name, pattern)).ToList();
            if (found.Count == 0)
            {
                throw new ArgumentException(
                    $"FrozenParameters names '{pattern}', but the network has no such parameter. It has {string.Join(", ", parameters.Select(p => p.name))}; "
                    + "the part of a name before a dot stands for all that begin with it, and so does any beginning with a * after it.", nameof(FrozenParameters));
            }

            frozen.UnionWith(found);
        }

        if (frozen.Count > 0 && parameters.All(p => frozen.Contains(p.name)))
        {
            throw new ArgumentException("FrozenParameters names all parameters of the network, and nothing is left to train. Leave out those of its last layer.", nameof(FrozenParameters));
        }

        foreach (var (name, parameter) in parameters)
        {
            if (frozen.Contains(name))
            {
                parameter.requires_grad = false;
            }
        }

        return [.. parameters.Select(p => p.name).Where(frozen.Contains)];
    }

    private static bool IsMeant(string name, string pattern) =>
        pattern.EndsWith('*') ? name.StartsWith(pattern[..^1], StringComparison.Ordinal)
        : name == pattern || name.StartsWith(pattern + ".", StringComparison.Ordinal);
}
