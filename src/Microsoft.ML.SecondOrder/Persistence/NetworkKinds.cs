using Microsoft.ML.SecondOrder.Networks;

namespace Microsoft.ML.SecondOrder.Persistence;

/// <summary>The description of a network as plain values. Each kind of network has a name here, never to be reused.</summary>
internal static class NetworkKinds
{
    private const string Mlp = "mlp";

    public static void Write(BodyWriter writer, Network network)
    {
        switch (network)
        {
            case MlpNetwork mlp:
                writer.Text(Mlp);
                writer.Text(mlp.Activation.ToString());
                writer.Int32(mlp.HiddenWidths.Length);
                foreach (var width in mlp.HiddenWidths)
                {
                    writer.Int32(width);
                }

                break;
            default:
                throw new NotSupportedException($"A network of the kind '{network.GetType().Name}' cannot be saved.");
        }
    }

    public static Network Read(BodyReader reader) => reader.Text("the kind of network") switch
    {
        Mlp => ReadMlp(reader),
        var kind => throw BodyReader.Damaged($"it has an unknown kind of network, '{Shortened(kind)}'"),
    };

    private static MlpNetwork ReadMlp(BodyReader reader)
    {
        var name = reader.Text("the activation");
        if (!Enum.TryParse<Activation>(name, out var activation) || activation.ToString() != name)
        {
            throw BodyReader.Damaged($"it has an unknown activation, '{Shortened(name)}'");
        }

        var widths = new int[reader.Count(sizeof(int), "hidden layers")];
        for (var i = 0; i < widths.Length; i++)
        {
            widths[i] = reader.Int32("the widths of the hidden layers");
            if (widths[i] is < 1 or > MlpNetwork.MaximumWidth)
            {
                throw BodyReader.Damaged($"a hidden layer has {widths[i]} units");
            }
        }

        return Network.Mlp(widths) with { Activation = activation };
    }

    private static string Shortened(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
