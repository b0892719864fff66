using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>A wide factor: its largest eigenvalues by a random sketch of the running average.</summary>
internal sealed class RandomizedFactor(FactorShape shape, LowRankKfacOptions options) : CurvatureFactor(shape)
{
    private readonly AveragedMatrix _average = new(shape);

    public override IReadOnlyDictionary<string, Tensor> Kept => new Dictionary<string, Tensor> { [""] = _average.Value };

    public override long Operations => 2 * options.Rank * Shape.Size;

    public override string Description => $"rank {options.Rank}";

    private LowRankPlusDiagonal Applied => new(Inverse["vectors"], Inverse["weights"], Inverse["rest"]);

    /// <summary>The largest eigenvalues of M and their vectors: [rank], ascending, and [D, rank].</summary>
    /// <param name="matrix">M: [D, D].</param>
    /// <param name="previous">The vectors that were found before, all of them; null where there are none.</param>
    /// <param name="options">How to look for them.</param>
    /// <param name="seed">Of the random vectors.</param>
    /// <param name="name">Names the matrix in errors.</param>
    public static (Tensor Values, Tensor Vectors) Spectrum(Tensor matrix, Tensor? previous, LowRankKfacOptions options, ulong seed, string name)
    {
        using var scope = NewDisposeScope();
        var known = options.WarmStart ? previous : null;
        var sketch = RandomizedSpectrum.Sketch(matrix.shape[0], options.SketchColumns - (known?.shape[1] ?? 0), seed, matrix.dtype, matrix.device);
        sketch = known is null ? sketch : cat(new List<Tensor> { known, sketch }, 1);
        var iterations = known is null ? options.PowerIterations : 0;
        var (values, vectors) = options.Solver == RandomizedSolver.Eigenvalues
            ? RandomizedSpectrum.ByEigenvalues(matrix, sketch, iterations, options.Rank, name)
            : RandomizedSpectrum.BySingularValues(matrix, sketch, iterations, options.Rank, name);
        return (values.MoveToOuterDisposeScope(), vectors.MoveToOuterDisposeScope());
    }

    public override double MeanDiagonal() => _average.MeanDiagonal();

    public override void Observe(Tensor rows) => _average.Observe(rows);

    public override void Discard() => _average.Discard();

    public override void Update(FactorUpdate update) => _average.Update(update);

    public override void Invert(double relative, double faded, ulong seed)
    {
        using var scope = NewDisposeScope();
        var (values, vectors) = Spectrum(_average.Value, Inverse.IsEmpty ? null : Inverse["vectors"], options, seed, Shape.Name);
        var inverse = LowRankPlusDiagonal.Inverse(values, vectors, values[0].ToDouble(), Damping(values[-1].ToDouble(), relative, faded));
        Inverse.Replace(("vectors", inverse.Vectors), ("weights", inverse.Weights), ("rest", inverse.Rest));
    }

    public override Tensor FromRight(Tensor rows) => Applied.FromRight(rows);

    public override void To(Device device)
    {
        base.To(device);
        _average.To(device);
    }

    public override void Dispose()
    {
        base.Dispose();
        _average.Dispose();
    }

    private protected override (string Name, Tensor Tensor)[] EmptyInverse()
    {
        var device = _average.Value.device;
        return
        [
            ("vectors", zeros(new[] { Shape.Size, options.Rank }, Shape.Type, device)),
            ("weights", zeros(new long[] { options.Rank }, Shape.Type, device)),
            ("rest", zeros(new long[] { 1 }, Shape.Type, device)),
        ];
    }
}
