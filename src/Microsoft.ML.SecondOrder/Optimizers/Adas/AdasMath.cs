using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Optimizers;

/// <summary>The formulas of AdaS; see <see cref="AdasSchedule"/>.</summary>
internal static class AdasMath
{
    /// <summary>S, rank and condition of one unfolding of a weight.</summary>
    /// <param name="unfolded">[rows, columns] of any order.</param>
    /// <param name="power">p.</param>
    /// <param name="name">Names the weight in errors.</param>
    public static (double Gain, double Rank, double Condition) Knowledge(Tensor unfolded, double power, string name = "weight")
    {
        using var scope = NewDisposeScope();
        var (rows, columns) = (unfolded.shape.Min(), unfolded.shape.Max());
        var signal = EmpiricalBayesRank.Signal(Factorizations.SingularValues(unfolded, name), columns);
        return signal.Length == 0
            ? (0, 0, 0)
            : (signal.Sum(d => Math.Pow(d / signal[0], power)) / rows, signal.Length / (double)rows, signal[0] / signal[^1]);
    }

    /// <summary>The mean of a convolution's unfoldings by input and by output channels; of a dense weight, which has one, that.</summary>
    /// <param name="weight">[O, I] or [O, C, …].</param>
    /// <param name="power">p.</param>
    /// <param name="name">Names the weight in errors.</param>
    public static (double Gain, double Rank, double Condition) KnowledgeOfWeight(Tensor weight, double power, string name = "weight")
    {
        using var scope = NewDisposeScope();
        var byOutput = Knowledge(weight.flatten(1), power, name);
        if (weight.dim() < 3)
        {
            return byOutput;
        }

        var byInput = Knowledge(weight.transpose(0, 1).flatten(1), power, name);
        return ((byInput.Gain + byOutput.Gain) / 2, (byInput.Rank + byOutput.Rank) / 2, (byInput.Condition + byOutput.Condition) / 2);
    }

    /// <summary>max(βη + ζ(S − S'), least); the first epoch has the initial rate.</summary>
    public static double Rate(double rate, double gain, double gainBefore, AdasOptions options, double least) =>
        Math.Max(options.Beta * rate + options.Zeta * (gain - gainBefore), least);
}
