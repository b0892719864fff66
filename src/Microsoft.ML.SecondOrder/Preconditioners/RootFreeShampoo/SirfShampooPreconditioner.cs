using Microsoft.ML.SecondOrder.Matrices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>SIRFShampoo on one parameter; see <see cref="SirfShampooOptions"/>.</summary>
internal sealed class SirfShampooPreconditioner : ParameterPreconditioner
{
    private readonly string _name;
    private readonly SirfShampooOptions _options;
    private readonly long[] _sizes;
    private List<StructuredMatrix> _factors;
    private List<StructuredMatrix> _momenta = [];
    private List<SelfProduct>? _metrics;

    public SirfShampooPreconditioner(string name, SirfShampooOptions options, ParameterShape shape)
        : base(shape)
    {
        using var scope = NewDisposeScope();
        (_name, _options, _sizes) = (name, options, AxisProduct.Squeezed(shape.Sizes));
        var type = options.FactorType ?? shape.Type;
        _factors = [.. _sizes.Select((d, n) => Pattern(d, n).Identity(d, type, shape.Device).Keep())];
        if (options.FactorMomentum != 0)
        {
            _momenta = [.. _factors.Select(k => k.Scaled(0).Keep())];
        }
    }

    /// <summary>K of each axis longer than 1, in the order of the axes.</summary>
    public IReadOnlyList<StructuredMatrix> Factors => _factors;

    /// <summary>m of each axis; none where α₂ is 0.</summary>
    public IReadOnlyList<StructuredMatrix> Momenta => _momenta;

    internal override IReadOnlyDictionary<string, IReadOnlyList<Tensor>> State =>
        _factors.Select((k, n) => ($"K{n}", k.Tensors)).Concat(_momenta.Select((m, n) => ($"m{n}", m.Tensors))).ToDictionary(p => p.Item1, p => p.Tensors);

    internal override string Description => $"{_name}, {string.Join(", ", _factors.Select(k => $"{k.Pattern} [{k.Dimension}]"))}";

    internal override double? EffectiveDamping => Damped(_options.Damping);

    internal override Tensor Precondition(Tensor gradient, long step, long examples)
    {
        using var scope = NewDisposeScope();
        var g = gradient.reshape(_sizes);
        if (_options.Updates.Includes(step))
        {
            Update(g, step, _options.BatchSize ?? examples);
        }

        // U = G ×₁ K₁K₁ᵀ … ×_N K_NK_Nᵀ
        _metrics ??= [.. _factors.Select(Metric)];
        for (var n = 0; n < _factors.Count; n++)
        {
            g = AxisProduct.Along(g.to(_factors[n].Type), n, _metrics[n].Times);
        }

        return g.to(gradient.dtype).reshape(gradient.shape).contiguous().MoveToOuterDisposeScope();
    }

    internal override void Prepare(bool isStarted) => ForgetMetrics();

    internal override void To(Device device)
    {
        ForgetMetrics();
        StructuredMatrix Moved(StructuredMatrix matrix)
        {
            var moved = matrix.To(device).Keep();
            matrix.Dispose();
            return moved;
        }

        (_factors, _momenta) = ([.. _factors.Select(Moved)], [.. _momenta.Select(Moved)]);
    }

    public override void Dispose()
    {
        ForgetMetrics();
        _factors.ForEach(k => k.Dispose());
        _momenta.ForEach(m => m.Dispose());
    }

    private MatrixPattern Pattern(long size, int axis) => size > _options.LargestFactor ? MatrixPattern.Diagonal
        : _options.PatternsByAxes.TryGetValue(_sizes.Length, out var patterns) ? patterns[axis]
        : _options.Pattern;

    private void Update(Tensor gradient, long step, long examples)
    {
        var x = SirfShampooMath.Whitened(gradient, _factors, examples);
        var grams = _factors.Select(k => k.Gram()).ToList();
        var slopes = _factors.Select((_, n) => SirfShampooMath.Slope(x, n, grams, Damped(_options.Damping))).ToList(); // all from the old factors
        for (var n = 0; n < _factors.Count; n++)
        {
            if (_momenta.Count > 0)
            {
                _momenta[n].Scale(_options.FactorMomentum);
                _momenta[n].Add(slopes[n], 1 - _options.FactorMomentum);
            }

            SirfShampooMath.Step(_factors[n], _momenta.Count > 0 ? _momenta[n] : slopes[n], _options.FactorRate.At(step));
        }

        ForgetMetrics();
    }

    /// <summary>K Kᵀ is formed once where the products that it saves until the next update cost more.</summary>
    private SelfProduct Metric(StructuredMatrix factor)
    {
        var columns = _sizes.Aggregate(1L, (a, b) => a * b) / factor.Dimension;
        return new SelfProduct(factor, factor.Pattern is DensePattern && columns * _options.Updates.Interval > factor.Dimension / 2);
    }

    private void ForgetMetrics()
    {
        _metrics?.ForEach(m => m.Dispose());
        _metrics = null;
    }
}
