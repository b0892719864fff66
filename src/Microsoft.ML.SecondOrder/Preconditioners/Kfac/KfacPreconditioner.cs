using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>K-FAC on one layer; see <see cref="KfacOptions"/>.</summary>
internal sealed class KfacPreconditioner : LayerPreconditioner
{
    private readonly KfacOptions _options;
    private readonly ScalarType _type;
    private readonly RunningAverage _factors;
    private readonly Tensor? _damping;
    private KroneckerObservation? _observed;

    /// <summary>(A + …)⁻¹ and (G + …)⁻¹; for <see cref="KfacDamping.Product"/> λ_A, Q_A, λ_G, Q_G; empty before the first update.</summary>
    private readonly NamedTensors _inverse = new();

    public KfacPreconditioner(KfacOptions options, LayerShape shape)
        : base(shape)
    {
        using var scope = NewDisposeScope();
        _options = options;
        _type = shape.Type == float64 ? float64 : float32;
        _factors = new RunningAverage(options.FactorDecay, options.Start, _type, shape.Device, ("A", shape.Inputs), ("G", shape.Outputs));
        _damping = options.Adaption is null ? null : tensor(new[] { options.Damping }).DetachFromDisposeScope();
    }

    /// <summary>λ of now.</summary>
    public double Damping => Damped(_damping?.ToDouble() ?? _options.Damping);

    /// <summary>A: [I, I].</summary>
    public Tensor InputFactor => _factors["A"];

    /// <summary>G: [O, O].</summary>
    public Tensor OutputFactor => _factors["G"];

    internal override IReadOnlyDictionary<string, IReadOnlyList<Tensor>> State => _inverse
        .State(_factors.All.Concat(_damping is null ? [] : [KeyValuePair.Create("damping", _damping)]));

    internal override bool IsStarted => !_inverse.IsEmpty;

    internal override string Description => $"K-FAC, {_options.Fisher} Fisher, A [{Shape.Inputs}], G [{Shape.Outputs}], {_options.DampingKind} damping";

    private bool IsByEigenvectors => _options.DampingKind == KfacDamping.Product;

    internal override bool Observes(long step) => IsDue(step, _options.CovarianceInterval) || _factors.IsEmpty;

    internal override void Observe(LayerSample sample)
    {
        _observed ??= new KroneckerObservation(Shape, _type);
        _observed.AddInputs(sample);
        _observed.AddOutputs(sample);
    }

    internal override void Refresh(long step, double gradientScale)
    {
        using var scope = NewDisposeScope();
        if (_observed is not null)
        {
            _factors.Update(
                ("A", _observed.InputFactor(_options.PositionsInOutputs)),
                ("G", _observed.OutputFactor(_options.LossAverage, gradientScale, _options.PositionsInOutputs)));
            Discard();
        }

        if (!_factors.IsEmpty && (_inverse.IsEmpty || IsDue(step, _options.InverseInterval)))
        {
            Invert();
        }
    }

    internal override void Discard()
    {
        _observed?.Dispose();
        _observed = null;
    }

    internal override Tensor Precondition(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        if (_inverse.IsEmpty)
        {
            return gradient.clone().MoveToOuterDisposeScope(); // a layer that was never observed
        }

        var v = gradient.to(_type);
        var direction = IsByEigenvectors
            ? KfacMath.InProduct(v, (_inverse["A_values"], _inverse["A_vectors"]), (_inverse["G_values"], _inverse["G_vectors"]), Damping)
            : _inverse["G_inverse"].mm(v).mm(_inverse["A_inverse"]);
        return direction.to(gradient.dtype).MoveToOuterDisposeScope();
    }

    internal override bool PrefersRows(long rows) =>
        !IsByEigenvectors && rows * (Square(Shape.Inputs) + Square(Shape.Outputs) + Shape.Inputs * Shape.Outputs)
            < Shape.Outputs * Square(Shape.Inputs) + Shape.Inputs * Square(Shape.Outputs);

    /// <summary>g G⁻¹ and a A⁻¹.</summary>
    internal override (Tensor Left, Tensor Right) PreconditionRows(Tensor gradients, Tensor inputs)
    {
        using var scope = NewDisposeScope();
        if (_inverse.IsEmpty)
        {
            return (gradients.clone().MoveToOuterDisposeScope(), inputs.clone().MoveToOuterDisposeScope());
        }

        var left = gradients.to(_type).mm(_inverse["G_inverse"]).to(gradients.dtype);
        var right = inputs.to(_type).mm(_inverse["A_inverse"]).to(inputs.dtype);
        return (left.MoveToOuterDisposeScope(), right.MoveToOuterDisposeScope());
    }

    internal override void Prepare(bool isStarted)
    {
        using var scope = NewDisposeScope();
        Tensor Empty(params long[] sizes) => zeros(sizes, _type, InputFactor.device);
        var (i, o) = (Shape.Inputs, Shape.Outputs);
        _inverse.Replace(!isStarted ? []
            : IsByEigenvectors ? [("A_values", Empty(i)), ("A_vectors", Empty(i, i)), ("G_values", Empty(o)), ("G_vectors", Empty(o, o))]
            : [("A_inverse", Empty(i, i)), ("G_inverse", Empty(o, o))]);
    }

    internal override void To(Device device)
    {
        Discard();
        _factors.To(device);
        _inverse.To(device);
    }

    internal override double? EffectiveDamping => Damping;

    internal override (double Inputs, double Outputs)? MeanCurvature() => KroneckerDamping.MeanDiagonals(InputFactor, OutputFactor);

    internal override void RenewDamping()
    {
        if (!_inverse.IsEmpty && !IsByEigenvectors)
        {
            using var scope = NewDisposeScope();
            Invert();
        }
    }

    internal override bool AdaptsDamping => _options.Adaption is not null;

    /// <summary>⟨D, G D A⟩.</summary>
    internal override Tensor CurvatureAlong(Tensor step)
    {
        using var scope = NewDisposeScope();
        var d = step.to(_type);
        return OutputFactor.mm(d).mm(InputFactor).mul(d).sum().MoveToOuterDisposeScope();
    }

    internal override void AdaptDamping(double before, double after, double promised)
    {
        if (_damping is not null && _options.Adaption is { } rule)
        {
            using var scope = NewDisposeScope();
            _damping.copy_(tensor(new[] { rule.Next(_damping.ToDouble(), before, after, promised) }));
        }
    }

    public override void Dispose()
    {
        _damping?.Dispose();
        Discard();
        _factors.Dispose();
        _inverse.Dispose();
    }

    private static long Square(long size) => size * size;

    private bool IsDue(long step, int interval) => step < _options.EagerSteps || step % interval == 0;

    private void Invert()
    {
        var (a, g) = (InputFactor, OutputFactor);
        var (nameA, nameG) = ($"factor A of layer '{Shape.Name}'", $"factor G of layer '{Shape.Name}'");
        if (IsByEigenvectors)
        {
            var (valuesA, vectorsA) = Factorizations.Eigen(a, Damping, nameA);
            var (valuesG, vectorsG) = Factorizations.Eigen(g, Damping, nameG);
            _inverse.Replace(("A_values", valuesA), ("A_vectors", vectorsA), ("G_values", valuesG), ("G_vectors", vectorsG));
            return;
        }

        var (dampingA, dampingG) = KfacMath.Dampings(a, g, Damping, _options.DampingKind);
        _inverse.Replace(
            ("A_inverse", KfacMath.Inverse(a, dampingA, _options.Solver, nameA)),
            ("G_inverse", KfacMath.Inverse(g, dampingG, _options.Solver, nameG)));
    }
}
