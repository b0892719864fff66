using System.Globalization;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>CG-FAC on one layer; see <see cref="CgfacOptions"/>.</summary>
internal sealed class CgfacPreconditioner(CgfacOptions options, LayerShape shape) : LayerPreconditioner(shape)
{
    private readonly ScalarType _type = shape.Type == float64 ? float64 : float32;
    private readonly ObservedRows _observed = new();
    private SampleRows? _rows;

    /// <summary>The last step's direction: [O, I]; null before the first.</summary>
    private Tensor? _solution;

    internal override IReadOnlyDictionary<string, IReadOnlyList<Tensor>> State => new (string Name, Tensor? Tensor)[]
        {
            ("inputs", _rows?.Kept.Inputs), ("gradients", _rows?.Kept.Gradients), ("solution", _solution),
        }
        .Where(p => p.Tensor is not null)
        .ToDictionary(p => p.Name, p => (IReadOnlyList<Tensor>)[p.Tensor!]);

    internal override bool IsStarted => _rows is not null;

    internal override double? EffectiveDamping => Damped(options.Damping);

    internal override string Description => $"CG-FAC, {options.Fisher} Fisher, {options.Curvature} curvature, up to {options.Iterations} iterations";

    internal override bool Observes(long step) => step % options.UpdateInterval == 0 || _rows is null;

    internal override void Observe(LayerSample sample) => _observed.Add(sample);

    internal override void Refresh(long step, double gradientScale)
    {
        if (!_observed.IsEmpty)
        {
            using var scope = NewDisposeScope();
            Replace(_observed.Take(_type, Math.Sqrt(_observed.Examples) / gradientScale));
        }
    }

    internal override void Discard() => _observed.Clear();

    internal override Tensor Precondition(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        if (_rows is null)
        {
            return gradient.clone().MoveToOuterDisposeScope(); // a layer that was never observed
        }

        var v = gradient.to(_type);
        var solution = Solve(v, _rows, options.WarmStart ? _solution : null);
        if (solution is not null && _solution is not null && options.WarmStart && CgfacMath.Inner(solution, v) <= 0)
        {
            solution = Solve(v, _rows, null); // from 0 on, every iterate is a direction of descent
        }

        if (solution is null)
        {
            throw new NumericalException(string.Create(CultureInfo.InvariantCulture,
                $"The curvature of layer '{Shape.Name}' has products that are not finite and positive (damping {Damped(options.Damping):G3}). Raise the damping, lower the learning rate, or check inputs and loss."));
        }

        if (options.WarmStart)
        {
            _solution?.Dispose();
            _solution = solution.clone().DetachFromDisposeScope();
        }

        return solution.to(gradient.dtype).MoveToOuterDisposeScope();
    }

    internal override void Prepare(bool isStarted)
    {
        if (!isStarted)
        {
            Replace(null);
            Warm(null);
        }
    }

    internal override void Prepare(IReadOnlyDictionary<string, long[]> shapes)
    {
        using var scope = NewDisposeScope();
        if (SampleRows.Like(shapes, Shape, _type) is { } rows)
        {
            Replace(rows);
            Warm(shapes.ContainsKey("solution") ? zeros(new[] { Shape.Outputs, Shape.Inputs }, _type, Shape.Device) : null);
        }
    }

    internal override void To(Device device)
    {
        Discard();
        using var scope = NewDisposeScope();
        Replace(_rows?.To(device));
        Warm(_solution?.to(device, copy: true));
    }

    public override void Dispose()
    {
        _observed.Dispose();
        Replace(null);
        Warm(null);
    }

    private Tensor? Solve(Tensor gradient, SampleRows rows, Tensor? start)
    {
        var damping = Damped(options.Damping);
        Func<Tensor, Tensor> apply = options.Curvature == CgfacCurvature.Kronecker
            ? v => CgfacMath.Kronecker(v, rows, damping)
            : v => CgfacMath.Block(v, rows, damping);
        var diagonal = options.Diagonal ? CgfacMath.Diagonal(rows, damping) : null;
        return CgfacMath.Solve(apply, gradient, start, diagonal, options.Iterations, options.Tolerance);
    }

    private void Replace(SampleRows? rows)
    {
        _rows?.Dispose();
        _rows = rows;
    }

    private void Warm(Tensor? solution)
    {
        _solution?.Dispose();
        _solution = solution?.DetachFromDisposeScope();
    }
}
