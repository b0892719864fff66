using System.Globalization;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>The method of one layer; see <see cref="AutoOptions"/>.</summary>
/// <param name="Options">The method and its settings.</param>
/// <param name="Reason">Why, to follow "because".</param>
internal sealed record AutoChoice(LayerPreconditionerOptions Options, string Reason)
{
    private static readonly MatrixPattern _narrow = MatrixPattern.Dense;
    private static readonly MatrixPattern _wide = MatrixPattern.Hierarchical(15, 15);

    /// <summary>Chooses by counting multiplications.</summary>
    /// <param name="options">Intervals and what a factor may take.</param>
    /// <param name="shape">The layer.</param>
    /// <param name="device">The kind of its device.</param>
    /// <param name="inverseCost">What the inverse of a matrix takes beside a product of as many multiplications.</param>
    public static AutoChoice Of(AutoOptions options, LayerShape shape, DeviceType device, double inverseCost)
    {
        var inputs = Cube(shape.Inputs - (shape.HasBias ? 1 : 0)) / options.UpdateInterval;
        var outputs = Cube(shape.Outputs) / options.UpdateInterval;
        var inverses = (A: inverseCost * inputs, G: inverseCost * outputs);
        var budget = options.FactorBudget;
        var avoidsWaiting = options.AvoidsWaiting ?? device != DeviceType.CPU;
        if (!avoidsWaiting && inverses.A <= budget && inverses.G <= budget)
        {
            return new(options.Kfac(), $"inverses take {Number(inverses.A)} and {Number(inverses.G)} multiplications a step, of {Number(budget)} allowed for each");
        }

        var singd = options.Singd(Pattern(inputs, budget), Pattern(outputs, budget));
        if (avoidsWaiting)
        {
            return new(singd, $"it never waits for the device{Wide(singd)}");
        }

        var reason = $"inverses would take {Number(inverses.A)} and {Number(inverses.G)} multiplications a step, of {Number(budget)} allowed for each";
        var (bySingd, byBlocks) = (Direction(singd, shape), MiniBlocks(options, shape));
        return byBlocks < bySingd
            ? new(options.MiniBlock(), $"{reason}, and mini-blocks take {Number(byBlocks.Value)} where SINGD takes {Number(bySingd)}")
            : new(singd, reason + Wide(singd));
    }

    /// <summary>A dense factor's update takes three products.</summary>
    private static MatrixPattern Pattern(double cube, double budget) => 3 * cube <= budget ? _narrow : _wide;

    private static string Wide(SingdOptions options) => (options.Inputs == _wide, options.Outputs == _wide) switch
    {
        (true, true) => ", and dense factors would take three times as much",
        (true, false) => ", and a dense K would take three times as much",
        (false, true) => ", and a dense C would take three times as much",
        _ => "",
    };

    /// <summary>SINGD's direction of a whole gradient.</summary>
    private static double Direction(SingdOptions options, LayerShape shape) =>
        ((double)shape.Outputs * options.Inputs.Operations(shape.Inputs)) + ((double)shape.Inputs * options.Outputs.Operations(shape.Outputs));

    /// <summary>
    /// The direction by one block [k, k] for each kernel, and their inverses; null where they are not for the layer: dense, of
    /// kernels of one number, whose blocks would be no curvature but a scale, or too many for the memory.
    /// </summary>
    private static double? MiniBlocks(AutoOptions options, LayerShape shape)
    {
        if (shape.KernelSize is not > 1 || options.Sharing != WeightSharing.Expand || !MiniBlockLayout.Fits(shape))
        {
            return null;
        }

        var weights = (double)shape.Outputs * shape.Inputs;
        var kernel = (double)shape.KernelSize;
        return (kernel * weights) + (kernel * kernel * weights / options.UpdateInterval);
    }

    private static double Cube(long size) => (double)size * size * size;

    private static string Number(double count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
