using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>SENG on one layer; see <see cref="SengOptions"/>.</summary>
internal sealed class SengPreconditioner(SengOptions options, LayerShape shape) : LayerPreconditioner(shape)
{
    private readonly ScalarType _type = shape.Type == float64 ? float64 : float32;
    private readonly ObservedRows _observed = new();
    private SampleRows? _rows;

    /// <summary>U Uᵀ and (λI + U Uᵀ)⁻¹: [M, M]; null before the first update.</summary>
    private Tensor? _gram;
    private Tensor? _inverse;

    /// <summary>The columns of the sketch, as numbers in double: [S].</summary>
    private Tensor? _sketch;

    internal override IReadOnlyDictionary<string, IReadOnlyList<Tensor>> State => new (string Name, Tensor? Tensor)[]
        {
            ("inputs", _rows?.Kept.Inputs), ("gradients", _rows?.Kept.Gradients), ("gram", _gram), ("gram_inverse", _inverse), ("sketch", _sketch),
        }
        .Where(p => p.Tensor is not null)
        .ToDictionary(p => p.Name, p => (IReadOnlyList<Tensor>)[p.Tensor!]);

    internal override bool IsStarted => _rows is not null;

    internal override double? EffectiveDamping => Damped(options.Damping);

    internal override string Description => $"SENG, {options.Fisher} Fisher{(_rows is null ? "" : $" of {_rows.Examples} gradients")}";

    private bool Sketches => options.SketchColumns < Shape.Outputs * Shape.Inputs;

    internal override bool Observes(long step) => step % options.UpdateInterval == 0 || _rows is null;

    internal override void Observe(LayerSample sample) => _observed.Add(sample);

    internal override void Refresh(long step, double gradientScale)
    {
        if (_observed.IsEmpty)
        {
            return;
        }

        using var scope = NewDisposeScope();
        var rows = _observed.Take(_type, Math.Sqrt(_observed.Examples) / gradientScale);
        var sketch = Sketches ? tensor(Sample(step)) : null;
        Replace(rows, SengMath.Gram(rows, sketch?.to(Shape.Device)), null, sketch?.to(float64));
        Invert();
    }

    internal override void Discard() => _observed.Clear();

    internal override Tensor Precondition(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        if (_rows is null || _inverse is null)
        {
            return gradient.clone().MoveToOuterDisposeScope(); // a layer that was never observed
        }

        var sketch = _sketch?.to(int64).to(_rows.Inputs.device);
        return SengMath.Direction(gradient.to(_type), _rows, _inverse, Damped(options.Damping), sketch, options.OuterProduct)
            .to(gradient.dtype).MoveToOuterDisposeScope();
    }

    internal override void RenewDamping()
    {
        if (_gram is not null)
        {
            using var scope = NewDisposeScope();
            Invert();
        }
    }

    internal override void Prepare(bool isStarted)
    {
        if (!isStarted)
        {
            Replace(null, null, null, null);
        }
    }

    internal override void Prepare(IReadOnlyDictionary<string, long[]> shapes)
    {
        using var scope = NewDisposeScope();
        if (SampleRows.Like(shapes, Shape, _type) is { } rows)
        {
            Tensor Empty() => zeros(new[] { rows.Examples, rows.Examples }, _type, Shape.Device);
            Replace(rows, Empty(), Empty(), Sketches ? zeros(new long[] { options.SketchColumns!.Value }, float64) : null);
        }
    }

    internal override void To(Device device)
    {
        Discard();
        using var scope = NewDisposeScope();
        Replace(_rows?.To(device), _gram?.to(device, copy: true), _inverse?.to(device, copy: true), _sketch?.clone());
    }

    public override void Dispose()
    {
        _observed.Dispose();
        Replace(null, null, null, null);
    }

    private void Invert()
    {
        var inverse = Factorizations.DampedInverse(_gram!, Damped(options.Damping), $"matrix U Uᵀ of layer '{Shape.Name}'");
        _inverse?.Dispose();
        _inverse = inverse.DetachFromDisposeScope();
    }

    /// <summary>Different columns at each step, and the same in each run.</summary>
    private long[] Sample(long step)
    {
        var random = new Random(HashCode(step));
        var weights = Shape.Outputs * Shape.Inputs;
        var columns = new HashSet<long>();
        while (columns.Count < options.SketchColumns)
        {
            columns.Add(random.NextInt64(weights));
        }

        return [.. columns.Order()];
    }

    private int HashCode(long step) => unchecked((int)(step * 7919 + Shape.Outputs * 104729 + Shape.Inputs));

    private void Replace(SampleRows? rows, Tensor? gram, Tensor? inverse, Tensor? sketch)
    {
        _rows?.Dispose();
        _gram?.Dispose();
        _inverse?.Dispose();
        _sketch?.Dispose();
        (_rows, _gram, _inverse, _sketch) = (rows, gram?.DetachFromDisposeScope(), inverse?.DetachFromDisposeScope(), sketch?.DetachFromDisposeScope());
    }
}
