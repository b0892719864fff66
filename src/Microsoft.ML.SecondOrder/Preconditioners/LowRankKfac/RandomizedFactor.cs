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
    public static (Tensor Values, Tensor Vectors) Spectrum(Tensor matrix, LowRankKfacOptions options, ulong seed, string name)
    {
        using var sketch = RandomizedSpectrum.Sketch(matrix.shape[0], options.SketchColumns, seed, matrix.dtype, matrix.device);
        return options.Solver == RandomizedSolver.Eigenvalues
            ? RandomizedSpectrum.ByEigenvalues(matrix, sketch, options.PowerIterations, options.Rank, name)
            : RandomizedSpectrum.BySingularValues(matrix, sketch, options.PowerIterations, options.Rank, name);
    }

    public override double MeanDiagonal() => _average.MeanDiagonal();

    public override void Observe(Tensor rows) => _average.Observe(rows);

    public override void Discard() => _average.Discard();

    public override void Update(FactorUpdate update) => _average.Update(update);

    public override void Invert(double relative, double faded, ulong seed)
    {
        using var scope = NewDisposeScope();
        var (values, vectors) = Spectrum(_average.Value, options, seed, Shape.Name);
        var inverse = LowRankPlusDiagonal.Inverse(values, vectors, values[0].ToDouble(), Damping(values[-1].ToDouble(), relative, faded));
        Replace(new() { ["vectors"] = inverse.Vectors, ["weights"] = inverse.Weights, ["rest"] = inverse.Rest });
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

    private protected override Dictionary<string, Tensor> EmptyInverse() => new()
    {
        ["vectors"] = zeros(new[] { Shape.Size, options.Rank }, Shape.Type, _average.Value.device),
        ["weights"] = zeros(new long[] { options.Rank }, Shape.Type, _average.Value.device),
        ["rest"] = zeros(new long[] { 1 }, Shape.Type, _average.Value.device),
    };
}
