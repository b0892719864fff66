using System.Collections.Immutable;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>
/// Weights that a training begins with in place of random ones: of a file, or of another network. Parameters are found by their
/// names; those that are not among the weights begin at random, and weights that the network has no parameter for are left out.
/// </summary>
public sealed class InitialWeights
{
    private readonly Func<ImmutableArray<NamedWeights>> _read;
    private readonly Func<string, string?>? _names;

    private InitialWeights(string source, Func<ImmutableArray<NamedWeights>> read, Func<string, string?>? names) =>
        (Source, _read, _names) = (source, read, names);

    /// <summary>Where they come from, in words.</summary>
    public string Source { get; }

    /// <summary>Weights of a safetensors file, which is read by each fit.</summary>
    /// <param name="path">The file; see <see cref="SafeTensors"/>.</param>
    /// <param name="names">
    /// What a tensor of the file is called in the network, or null to leave it out, as one must where shapes differ. Default null: names
    /// stay as they are. For networks of this package, <see cref="Network.Summary"/> tells their layers.
    /// </param>
    public static InitialWeights FromFile(string path, Func<string, string?>? names = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new InitialWeights($"'{path}'", () => SafeTensors.Read(path, names is null ? null : name => names(name) is not null), names);
    }

    /// <summary>Weights in hand: those of another model, <c>model.Model.Weights</c>, or of a module, <see cref="ModuleWeights.Read"/>.</summary>
    /// <param name="weights">Of different names.</param>
    /// <param name="names">What a tensor is called in the network, or null to leave it out. Default null: names stay as they are.</param>
    public static InitialWeights Of(IEnumerable<NamedWeights> weights, Func<string, string?>? names = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var all = weights.ToImmutableArray();
        return new InitialWeights("the given weights", () => all, names);
    }

    /// <summary>The weights by their names in the network.</summary>
    /// <exception cref="ArgumentException">One holds numbers that are not finite.</exception>
    /// <exception cref="FormatException">The file is damaged or of another format.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    internal ImmutableArray<NamedWeights> Read()
    {
        var weights = ImmutableArray.CreateBuilder<NamedWeights>();
        foreach (var tensor in _read())
        {
            if ((_names is null ? tensor.Name : _names(tensor.Name)) is not { } name)
            {
                continue;
            }

            if (!tensor.Values.All(float.IsFinite))
            {
                throw new ArgumentException($"'{tensor.Name}' of {Source} holds numbers that are not finite. Leave it out, by names that return null for it.", nameof(InitialWeights));
            }

            weights.Add(tensor with { Name = name });
        }

        return weights.ToImmutable();
    }
}
