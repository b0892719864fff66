using System.Numerics.Tensors;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Scoring;

/// <summary>
/// A network for classes whose outputs f are replaced by those that give the probabilities which take account of the weights' uncertainty: f/√(1 + π/8·v)
/// (probit), or the logarithm of the mean probability over draws of f (Monte-Carlo). Shared by all threads.
/// </summary>
internal sealed class MarginalForward : IManagedForward
{
    /// <summary>Draws in pairs of opposite sign: 100 in all. The same for each row, so that a row gives the same bits always.</summary>
    private const int Pairs = 50;

    /// <summary>Where all draws agree.</summary>
    private const double LeastProbability = 1e-7;

    private readonly IManagedForward _network;
    private readonly OutputVariance _variance;
    private readonly float[][] _noise; // Pairs of [D], none for probit

    private MarginalForward(IManagedForward network, OutputVariance variance, bool draws)
    {
        (_network, _variance) = (network, variance);
        _noise = draws ? [.. Enumerable.Range(0, Pairs).Select(p => Enumerable.Range(0, variance.Width).Select(d => Normal(p, d)).ToArray())] : [];
    }

    /// <summary>The forward pass itself where the network's probabilities take no account of the uncertainty.</summary>
    public static IManagedForward Of(IManagedForward forward, FittedNetwork network) => network.Uncertainty is not { Predictive: not ClassPredictive.PlugIn and var predictive } uncertainty
        ? forward
        : new MarginalForward(forward, new OutputVariance(network, uncertainty.PredictiveLayers), predictive == ClassPredictive.MonteCarlo);

    public void Run(ReadOnlySpan<float> inputs, Span<float> outputs)
    {
        _network.Run(inputs, outputs);
        var rows = outputs.Length / _variance.Outputs;
        var width = inputs.Length / rows;
        var root = new float[_variance.Outputs * _variance.Width];
        for (var r = 0; r < rows; r++)
        {
            var output = outputs.Slice(r * _variance.Outputs, _variance.Outputs);
            _variance.Root(inputs.Slice(r * width, width), root);
            if (_noise.Length == 0)
            {
                Moderate(output, root);
            }
            else
            {
                Average(output, root);
            }
        }
    }

    private void Moderate(Span<float> outputs, ReadOnlySpan<float> root)
    {
        for (var c = 0; c < outputs.Length; c++)
        {
            var row = root.Slice(c * _variance.Width, _variance.Width);
            outputs[c] /= MathF.Sqrt(1 + MathF.PI / 8 * TensorPrimitives.Dot(row, row));
        }
    }

    private void Average(Span<float> outputs, ReadOnlySpan<float> root)
    {
        var (sums, shifts, drawn) = (new double[outputs.Length], new float[outputs.Length], new float[outputs.Length]);
        foreach (var noise in _noise)
        {
            for (var c = 0; c < shifts.Length; c++)
            {
                shifts[c] = TensorPrimitives.Dot(root.Slice(c * _variance.Width, _variance.Width), noise);
            }

            TensorPrimitives.Add(outputs, shifts, drawn);
            Add(drawn, sums);
            TensorPrimitives.Subtract(outputs, shifts, drawn);
            Add(drawn, sums);
        }

        for (var c = 0; c < outputs.Length; c++)
        {
            var p = Math.Max(sums[c] / (2 * Pairs), LeastProbability);
            outputs[c] = (float)(outputs.Length > 1 ? Math.Log(p) : Math.Log(Math.Min(p, 1 - LeastProbability) / Math.Max(1 - p, LeastProbability)));
        }
    }

    /// <summary>Adds the probabilities of a draw: of true, or of all classes.</summary>
    private static void Add(ReadOnlySpan<float> drawn, Span<double> sums)
    {
        if (drawn.Length == 1)
        {
            sums[0] += 1 / (1 + Math.Exp(-drawn[0]));
            return;
        }

        var largest = TensorPrimitives.Max(drawn);
        var total = 0.0;
        foreach (var f in drawn)
        {
            total += Math.Exp(f - largest);
        }

        for (var c = 0; c < drawn.Length; c++)
        {
            sums[c] += Math.Exp(drawn[c] - largest) / total;
        }
    }

    /// <summary>A standard normal number (Box and Muller, 1958).</summary>
    private static float Normal(int pair, int place) =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - Seeds.Unit(2 * pair, place))) * Math.Cos(2 * Math.PI * Seeds.Unit(2 * pair + 1, place)));
}
