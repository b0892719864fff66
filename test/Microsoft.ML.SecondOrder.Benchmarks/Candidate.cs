using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>An optimizer to measure.</summary>
/// <param name="Label">How it is printed and picked.</param>
/// <param name="Cycle">Iterations after which its work repeats.</param>
/// <param name="Create">Makes it for a model.</param>
internal sealed record Candidate(string Label, int Cycle, Func<nn.Module, optim.Optimizer> Create)
{
    public static Candidate AdamW { get; } = new("AdamW", 1, m => optim.AdamW(m.parameters(), 1e-3));

    public static Candidate Sgd { get; } = new("SGD", 1, m => optim.SGD(m.parameters(), 1e-3));

    /// <summary>The patterns, under the names of the official code.</summary>
    public static IReadOnlyList<(string Name, MatrixPattern Pattern)> Patterns { get; } =
    [
        ("dense", MatrixPattern.Dense),
        ("diagonal", MatrixPattern.Diagonal),
        ("block30", MatrixPattern.BlockDiagonal(30)),
        ("hierarchical15_15", MatrixPattern.Hierarchical(15, 15)),
        ("toeplitz-lower", MatrixPattern.LowerToeplitz),
        ("toeplitz-upper", MatrixPattern.UpperToeplitz),
        ("arrow-first-column", MatrixPattern.DiagonalAndFirstColumn),
        ("arrow-last-row", MatrixPattern.DiagonalAndLastRow),
        ("arrow-first-row", MatrixPattern.DiagonalAndFirstRow),
        ("arrow-last-column", MatrixPattern.DiagonalAndLastColumn),
    ];

    /// <summary>SGD, and SINGD with every pattern, interval, type of the factors and, where it matters, way of weight sharing.</summary>
    public static IEnumerable<Candidate> For(Problem problem)
    {
        yield return AdamW;
        yield return Sgd;
        var types = new (string Name, ScalarType? Type)[] { ("", null), (" bf16", ScalarType.BFloat16) };
        foreach (var (patternName, pattern) in Patterns)
        {
            foreach (var (typeName, type) in types)
            {
                foreach (var interval in new[] { 1, 10 })
                {
                    foreach (var sharing in problem.SharesWeights ? [WeightSharing.Expand, WeightSharing.Reduce] : new[] { WeightSharing.Expand })
                    {
                        var options = new SingdOptions
                        {
                            Inputs = pattern, Outputs = pattern, UpdateInterval = interval, InputType = type, OutputType = type, Sharing = sharing,
                        };
                        var label = $"SINGD {patternName} T{interval}{typeName}{(problem.SharesWeights ? " " + sharing.ToString().ToLowerInvariant() : "")}";
                        yield return new Candidate(label, interval, m => new SecondOrderOptimizer(m, options, 1e-4));
                    }
                }
            }
        }
    }

    /// <summary>Bytes of factors and their momenta, and of buffers of the parameters' sizes.</summary>
    public static (long Factors, long Buffers) StateBytes(optim.Optimizer optimizer, nn.Module model)
    {
        var parameters = model.parameters().Sum(p => p.numel()) * sizeof(float);
        return optimizer switch
        {
            SecondOrderOptimizer second => (
                second.Parts.SelectMany(p => p.Preconditioner.State.Values).SelectMany(t => t).Sum(Bytes),
                second.Parts.Select(p => p.Momentum).OfType<Tensor>().Sum(Bytes)),
            TorchSharp.Modules.AdamW => (0, 2 * parameters),
            _ => (0, 0),
        };
    }

    private static long Bytes(Tensor tensor) => tensor.numel() * tensor.ElementSize;
}
