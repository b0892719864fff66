using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>A narrow factor: all its eigenvalues, and the inverse as a matrix.</summary>
internal sealed class ExactFactor(FactorShape shape) : CurvatureFactor(shape)
{
    private readonly AveragedMatrix _average = new(shape);

    public override IReadOnlyDictionary<string, Tensor> Kept => new Dictionary<string, Tensor> { [""] = _average.Value };

    public override long Operations => Shape.Size * Shape.Size;

    public override string Description => "exact";

    public override double MeanDiagonal() => _average.MeanDiagonal();

    public override void Observe(Tensor rows) => _average.Observe(rows);

    public override void Discard() => _average.Discard();

    public override void Update(FactorUpdate update) => _average.Update(update);

    public override void Invert(double relative, double faded, ulong seed)
    {
        using var scope = NewDisposeScope();
        var (values, vectors) = Factorizations.Eigen(_average.Value, relative, Shape.Name);
        var damping = Damping(values[-1].ToDouble(), relative, faded);
        Inverse.Replace(("inverse", vectors.div(values.Plus(damping)).mm(vectors.t())));
    }

    public override Tensor FromRight(Tensor rows) => rows.mm(Inverse["inverse"]);

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

    private protected override (string Name, Tensor Tensor)[] EmptyInverse() => [("inverse", zeros_like(_average.Value))];
}
