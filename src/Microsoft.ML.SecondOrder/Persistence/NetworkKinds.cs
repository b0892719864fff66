using System.Collections.Immutable;
using Microsoft.ML.SecondOrder.Networks;

namespace Microsoft.ML.SecondOrder.Persistence;

/// <summary>
/// The description of a network as plain values: a name, then its choices by name and its numbers in lists. Each kind of
/// network has a name here, never to be reused.
/// </summary>
internal static class NetworkKinds
{
    private static readonly Kind[] _kinds =
    [
        Kind.Of<MlpNetwork>("mlp", n => [n.Activation], n => [n.HiddenWidths],
            r => new() { Activation = r.Choice<Activation>(), HiddenWidths = r.Numbers() }),
        Kind.Of<ResidualMlpNetwork>("residual-mlp", n => [n.Activation], n => [[n.Width, n.Blocks]],
            r => new() { Activation = r.Choice<Activation>(), Width = r.Next(2), Blocks = r.Next() }),
        Kind.Of<FtTransformerNetwork>("ft-transformer", n => [], n => [[n.Layers, n.Width, n.Heads]],
            r => new() { Layers = r.Next(3), Width = r.Next(), Heads = r.Next() }),
        Kind.Of<ConvolutionalNetwork>("convolutional", n => [n.Activation], n => [[n.Kernel], n.Channels, n.HiddenWidths],
            r => new() { Activation = r.Choice<Activation>(), Kernel = r.Next(1), Channels = r.Numbers(), HiddenWidths = r.Numbers() }),
        Kind.Of<WideResNetNetwork>("wide-resnet", n => [n.Activation, n.Style], n => [[n.Depth, n.Width]],
            r => new() { Activation = r.Choice<Activation>(), Style = r.Choice<ResidualStyle>(), Depth = r.Next(2), Width = r.Next() }),
        Kind.Of<VisionTransformerNetwork>("vision-transformer", n => [], n => [[n.Patch, n.Layers, n.Width, n.Heads]],
            r => new() { Patch = r.Next(4), Layers = r.Next(), Width = r.Next(), Heads = r.Next() }),
        Kind.Of<TextTransformerNetwork>("text-transformer", n => [], n => [[n.Layers, n.Width, n.Heads]],
            r => new() { Layers = r.Next(3), Width = r.Next(), Heads = r.Next() }),
        Kind.Of<GraphConvolutionNetwork>("graph-convolution", n => [n.Activation, n.Readout], n => [n.Widths],
            r => new() { Activation = r.Choice<Activation>(), Readout = r.Choice<GraphReadout>(), Widths = r.Numbers() }),
        Kind.Of<JoinedNetwork>("joined", n => [n.Activation], n => [[n.PartWidth], n.HiddenWidths],
            r => new() { Activation = r.Choice<Activation>(), PartWidth = r.Next(1), HiddenWidths = r.Numbers() }),
    ];

    /// <summary>A module of the user's own, followed by its name.</summary>
    private const string Module = "module";

    public static void Write(BodyWriter writer, Network network)
    {
        if (network is ModuleNetwork module)
        {
            writer.Text(Module);
            writer.Text(module.Name);
            return;
        }

        var kind = _kinds.FirstOrDefault(k => k.Type == network.GetType())
            ?? throw new NotSupportedException($"A network of the kind '{network.GetType().Name}' cannot be saved.");
        writer.Text(kind.Name);
        foreach (var choice in kind.Choices(network))
        {
            writer.Text(choice.ToString());
        }

        foreach (var numbers in kind.Numbers(network))
        {
            writer.Int32(numbers.Length);
            foreach (var number in numbers)
            {
                writer.Int32(number);
            }
        }
    }

    /// <exception cref="FormatException">The values describe no network.</exception>
    /// <exception cref="InvalidOperationException">It is a module of the user's own that this process does not know.</exception>
    public static Network Read(BodyReader reader)
    {
        var name = reader.Text("the kind of network");
        if (name == Module)
        {
            return NetworkRegistry.Find(reader.Text("the name of the module"));
        }

        var kind = _kinds.FirstOrDefault(k => k.Name == name) ?? throw BodyReader.Damaged($"it has an unknown kind of network, '{Values.Shortened(name)}'");
        try
        {
            return kind.Read(new Values(reader));
        }
        catch (ArgumentException error)
        {
            throw BodyReader.Damaged($"its network makes no sense: {error.Message}");
        }
    }

    /// <summary>How one kind of network becomes values and comes back.</summary>
    private sealed record Kind(string Name, Type Type, Func<Network, Enum[]> Choices, Func<Network, ImmutableArray<int>[]> Numbers, Func<Values, Network> Read)
    {
        public static Kind Of<T>(string name, Func<T, Enum[]> choices, Func<T, ImmutableArray<int>[]> numbers, Func<Values, T> read)
            where T : Network => new(name, typeof(T), n => choices((T)n), n => numbers((T)n), read);
    }

    /// <summary>Reads choices, lists, and lists of a known length number by number.</summary>
    private sealed class Values(BodyReader reader)
    {
        /// <summary>A layer takes much more memory than its width in a file.</summary>
        private const int MostNumbers = 10_000;

        private readonly Queue<int> _numbers = [];

        public static string Shortened(string text) => text.Length <= 40 ? text : text[..40] + "…";

        public T Choice<T>()
            where T : struct, Enum
        {
            var name = reader.Text("a choice of the network");
            return Enum.TryParse<T>(name, out var value) && value.ToString() == name
                ? value
                : throw BodyReader.Damaged($"it has an unknown {typeof(T).Name}, '{Shortened(name)}'");
        }

        public ImmutableArray<int> Numbers()
        {
            var numbers = new int[reader.Count(sizeof(int), "numbers of the network")];
            if (numbers.Length > MostNumbers)
            {
                throw BodyReader.Damaged($"its network is described by {numbers.Length} numbers, but {MostNumbers} at most make sense");
            }

            for (var i = 0; i < numbers.Length; i++)
            {
                numbers[i] = reader.Int32("the numbers of the network");
            }

            return [.. numbers];
        }

        /// <summary>The first number of a list of so many.</summary>
        public int Next(int count)
        {
            var numbers = Numbers();
            foreach (var number in numbers.Length == count ? numbers : throw BodyReader.Damaged($"its network has {numbers.Length} numbers instead of {count}"))
            {
                _numbers.Enqueue(number);
            }

            return Next();
        }

        /// <summary>The next number of that list.</summary>
        public int Next() => _numbers.Dequeue();
    }
}
