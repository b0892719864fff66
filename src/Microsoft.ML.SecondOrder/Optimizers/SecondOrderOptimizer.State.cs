using System.Globalization;
using System.Text;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Optimizers;

/// <content>The state: saved, moved and summed up.</content>
public sealed partial class SecondOrderOptimizer
{
    /// <summary>Writes the whole state (factors, momenta, counts; not the weights) with a checksum, by the names of layers and parameters.</summary>
    /// <param name="stream">Written from its position on; stays open.</param>
    /// <exception cref="InvalidOperationException">A method waits for a second pass; see <see cref="NeedsSecondPass"/>.</exception>
    public void SaveState(Stream stream)
    {
        if (NeedsSecondPass)
        {
            throw new InvalidOperationException("The state is in the middle of a step. Call ObserveSecondPass(loss) before SaveState.");
        }

        OptimizerFile.Save(this, stream);
    }

    /// <summary>Reads what <see cref="SaveState"/> wrote, for a model of the same layers and the same settings; training goes on exactly as it would have.</summary>
    /// <param name="stream">Read from its position on; stays open.</param>
    /// <exception cref="FormatException">Not such a file, damaged, or of another model or settings; the state is then as before.</exception>
    public void LoadState(Stream stream) => OptimizerFile.Load(this, stream);

    /// <summary>Moves the state to another device, after the model was moved there.</summary>
    /// <param name="device">The model's new device.</param>
    /// <exception cref="InvalidOperationException">A weight that two modules had in common is two weights since the model was moved.</exception>
    public void to(Device device)
    {
        if (ModelLayers.Distinct(_model).Find(p => !_names.Contains(p.Name)).Name is { } parted)
        {
            throw new InvalidOperationException(
                $"The parameter '{parted}' was that of another module when the optimizer was made, but has been one of its own since the model was moved. "
                + "Assign the one module's parameter to the other again before moving the optimizer.");
        }

        using var gradMode = no_grad();
        _parts.ForEach(p => p.To(device));
        Arm();
    }

    /// <summary>What is trained how: layers, patterns, bytes of state without momentum, the fallback's parameters, and what is left alone.</summary>
    public string Summary()
    {
        var text = new StringBuilder();
        foreach (var part in _parts)
        {
            var bytes = part.Preconditioner.State.Values.SelectMany(t => t).Sum(t => t.numel() * t.ElementSize);
            var skipped = part is OptimizedLayer { SkippedUpdates: > 0 and var updates } ? $", {updates} updates skipped for want of a backward pass" : "";
            var reason = part.Group == _fallbackGroup ? ", for want of a layer rule" : part.Preconditioner.Reason is { } why ? $", because {why}" : "";
            text.AppendLine(CultureInfo.InvariantCulture, $"{Display(part.Name)}: {part.Preconditioner.Description}{reason}, {bytes:N0} bytes of state{skipped}");
        }

        foreach (var (name, with, isSeen) in _tied)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{Display(name)}: has the weight of {Display(with)}, which is trained there, with the curvature {(isSeen ? "of both" : "seen there")}");
        }

        foreach (var name in _untrained)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{Display(name)}: in no group, not trained");
        }

        foreach (var name in _frozen)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{name}: frozen, not trained");
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public override string ToString() => Summary();

    private static string Display(string layer) => layer.Length == 0 ? "(the model)" : layer;
}
