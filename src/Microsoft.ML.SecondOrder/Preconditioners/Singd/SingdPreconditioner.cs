using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>SINGD on one layer; see <see cref="SingdOptions"/>.</summary>
internal sealed class SingdPreconditioner : LayerPreconditioner
{
    private const double SmallestStart = 1e-24;

    private readonly SingdOptions _options;
    private readonly SingdState _state;
    private SingdObservation? _observed;
    private (SelfProduct K, SelfProduct C)? _metrics;

    public SingdPreconditioner(SingdOptions options, LayerShape shape)
        : base(shape)
    {
        _options = options;
        _state = new SingdState(options, shape);
    }

    /// <summary>K and C, and m_K and m_C once there are any.</summary>
    public IReadOnlyDictionary<string, StructuredMatrix> Matrices => _state.ByName();

    internal override IReadOnlyDictionary<string, IReadOnlyList<Tensor>> State => Matrices.ToDictionary(m => m.Key, m => m.Value.Tensors);

    internal override bool IsStarted => _state.IsStarted;

    internal override string Description => $"SINGD, K {_options.Inputs} [{Shape.Inputs}], C {_options.Outputs} [{Shape.Outputs}]";

    internal override bool Observes(long step) => step % _options.UpdateInterval == 0;

    internal override void Observe(LayerSample sample)
    {
        using var scope = NewDisposeScope();
        var part = SingdObservation.Of(sample, _state.K, _state.C, _options.LossAverage);
        if (_observed is null)
        {
            _observed = part.Keep();
        }
        else
        {
            _observed.Add(part, _options);
        }
    }

    internal override void Refresh(long step, double gradientScale)
    {
        if (_observed is null)
        {
            return;
        }

        using (NewDisposeScope())
        {
            if (gradientScale != 1)
            {
                _observed.Outputs.Scale(1 / (gradientScale * gradientScale));
            }

            Update(_observed.Inputs, _observed.Outputs, step);
        }

        Discard();
        ForgetMetrics();
    }

    internal override void Discard()
    {
        _observed?.Dispose();
        _observed = null;
    }

    /// <summary>(C Cᵀ) G (K Kᵀ).</summary>
    internal override Tensor Precondition(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        var (k, c) = Metrics(Shape.Outputs, Shape.Inputs);
        var right = k.Times(gradient.t().to(_state.K.Type)); // K Kᵀ Gᵀ: [I, O]
        return c.Times(right.t().to(_state.C.Type)).to(gradient.dtype).MoveToOuterDisposeScope();
    }

    internal override bool PrefersRows(long rows)
    {
        var (k, c) = (_options.Inputs.Operations(Shape.Inputs), _options.Outputs.Operations(Shape.Outputs));
        return rows * (k + c + Shape.Inputs * Shape.Outputs) < Shape.Outputs * k + Shape.Inputs * c;
    }

    /// <summary>g C Cᵀ and a K Kᵀ.</summary>
    internal override (Tensor Left, Tensor Right) PreconditionRows(Tensor gradients, Tensor inputs)
    {
        using var scope = NewDisposeScope();
        var (k, c) = Metrics(inputs.shape[0], inputs.shape[0]);
        var left = c.Times(gradients.t().to(_state.C.Type)).t();
        var right = k.Times(inputs.t().to(_state.K.Type)).t();
        if (left.dtype != right.dtype)
        {
            (left, right) = (left.to(gradients.dtype), right.to(inputs.dtype));
        }

        return (left.MoveToOuterDisposeScope(), right.MoveToOuterDisposeScope());
    }

    internal override double? EffectiveDamping => Damped(_options.Damping);

    internal override void Prepare(bool isStarted)
    {
        ForgetMetrics();
        _state.Prepare(isStarted, _options.Momentum);
    }

    internal override void To(Device device)
    {
        Discard();
        ForgetMetrics();
        _state.To(device);
    }

    public override void Dispose()
    {
        Discard();
        ForgetMetrics();
        _state.Dispose();
    }

    private void Update(StructuredMatrix inputs, StructuredMatrix outputs, long step)
    {
        var (k, c) = (_state.K, _state.C);
        if (_options.ScaledStart && !_state.IsStarted)
        {
            // Both factors are the identity here, so that scaling them by s scales what was observed by s². A batch without
            // curvature and no damping would make s infinite.
            Tensor Start(Tensor curvature, double exponent) => curvature.Plus(_options.Damping).AtLeast(SmallestStart).Power(exponent);
            var (traceK, traceC) = (inputs.AverageTrace().to(float64), outputs.AverageTrace().to(float64));
            var both = Start(traceK.mul(traceC), -0.25);
            var (startK, startC) = _options.KfacLike ? (Start(traceK, -0.5), Start(traceC, -0.5)) : (both, both);
            k.Scale(startK);
            c.Scale(startC);
            inputs.Scale(startK.square());
            outputs.Scale(startC.square());
        }

        var (gramK, gramC) = (k.Gram(), c.Gram());
        Tensor? One(Tensor trace) => _options.KfacLike ? null : trace;
        var (curvatureK, curvatureC, metricK, metricC) =
            (One(inputs.AverageTrace()), One(outputs.AverageTrace()), One(gramK.AverageTrace()), One(gramC.AverageTrace()));
        var scale = 0.5 * (_options.NormalizeFactorStep ? 1 - _options.Momentum : 1);
        _state.Prepare(true, _options.Momentum);
        var momentumK = SingdMath.Accumulate(_state.MomentumK, _options.Momentum, inputs, gramK, curvatureC, metricC, Damped(_options.Damping), scale);
        var momentumC = SingdMath.Accumulate(_state.MomentumC, _options.Momentum, outputs, gramC, curvatureK, metricK, Damped(_options.Damping), scale);
        var rate = _options.FactorRate.At(step);
        SingdMath.Step(k, momentumK, rate, _options.NormalizeFactorStep);
        SingdMath.Step(c, momentumC, rate, _options.NormalizeFactorStep);
    }

    /// <summary>K Kᵀ and C Cᵀ, with the products kept until the next update where that saves work.</summary>
    /// <param name="columnsK">Columns that K Kᵀ is applied to in a step.</param>
    /// <param name="columnsC">Columns that C Cᵀ is applied to in a step.</param>
    private (SelfProduct K, SelfProduct C) Metrics(long columnsK, long columnsC)
    {
        _metrics ??= (Metric(_state.K, columnsK), Metric(_state.C, columnsC));
        return _metrics.Value;
    }

    /// <summary>
    /// Forming S Sᵀ takes about D² · D/2 multiplications for a dense S, and passes worth a few dozen columns for a Toeplitz one; it
    /// saves D² a column and step where a product with S is a dense one.
    /// </summary>
    private SelfProduct Metric(StructuredMatrix factor, long columns) => new(factor, columns * _options.UpdateInterval > factor.Pattern switch
    {
        DensePattern => factor.Dimension / 2,
        ToeplitzPattern => 64,
        _ => long.MaxValue,
    });

    private void ForgetMetrics()
    {
        _metrics?.K.Dispose();
        _metrics?.C.Dispose();
        _metrics = null;
    }
}
