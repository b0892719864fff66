using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>SINGD on one layer; see <see cref="SingdOptions"/>.</summary>
internal sealed class SingdPreconditioner : LayerPreconditioner
{
    private readonly SingdOptions _options;
    private Factors _state;
    private Observation? _observed;
    private bool _started;

    public SingdPreconditioner(SingdOptions options, LayerShape shape)
        : base(shape)
    {
        _options = options;
        using var scope = NewDisposeScope();
        _state = new Factors(
            options.Inputs.Identity(shape.Inputs, options.InputType ?? shape.Type, shape.Device),
            options.Outputs.Identity(shape.Outputs, options.OutputType ?? shape.Type, shape.Device),
            null,
            null).Keep();
    }

    /// <summary>K and C, and m_K and m_C once there are any.</summary>
    public IReadOnlyDictionary<string, StructuredMatrix> Matrices => _state.ByName();

    internal override IReadOnlyDictionary<string, IReadOnlyList<Tensor>> State => Matrices.ToDictionary(m => m.Key, m => m.Value.Tensors);

    internal override string Description => $"SINGD, K {_options.Inputs} [{Shape.Inputs}], C {_options.Outputs} [{Shape.Outputs}]";

    internal override bool Observes(long step) => step % _options.UpdateInterval == 0;

    internal override void Observe(LayerSample sample)
    {
        using var scope = NewDisposeScope();
        using (sample)
        {
            var inputs = _state.K.Gram(Columns(sample.Inputs, 1 / Math.Sqrt(sample.Inputs.shape[0]), _state.K.Type));
            var outputScale = OutputScale(sample);
            var outputs = _state.C.Gram(Columns(sample.OutputGradients, Math.Sqrt(outputScale), _state.C.Type));
            var part = new Observation(inputs, outputs, sample.Inputs.shape[0], outputScale);
            var total = _observed is null ? part : _observed.Plus(part, _options);
            var old = _observed;
            _observed = total.Keep();
            if (old is not null && !ReferenceEquals(old, total))
            {
                old.Dispose();
            }
        }
    }

    internal override void Refresh(long step, double gradientScale)
    {
        if (_observed is null)
        {
            return;
        }

        using (var scope = NewDisposeScope())
        {
            var inputs = _observed.Inputs;
            var outputs = gradientScale == 1 ? _observed.Outputs : _observed.Outputs.Scaled(1 / (gradientScale * gradientScale));
            var old = _state;
            _state = Next(inputs, outputs, step).Keep();
            old.Dispose();
        }

        Discard();
    }

    internal override void Discard()
    {
        _observed?.Dispose();
        _observed = null;
    }

    internal override Tensor Precondition(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        return SingdMath.Precondition(_state.K, _state.C, gradient).MoveToOuterDisposeScope();
    }

    public override void Dispose()
    {
        Discard();
        _state.Dispose();
    }

    /// <summary>Rows as the columns that the factors multiply: [N, D] to [D, N].</summary>
    private static Tensor Columns(Tensor rows, double scale, ScalarType type) => rows.to(type).mul(scale).t();

    /// <summary>What undoes the averaging of the loss in Σ g gᵀ.</summary>
    private double OutputScale(LayerSample sample) => _options.LossAverage switch
    {
        LossAverage.Batch => sample.Batch,
        LossAverage.BatchAndPositions => sample.Batch * (double)sample.Positions,
        _ => 1,
    };

    private Factors Next(StructuredMatrix inputs, StructuredMatrix outputs, long step)
    {
        var (k, c) = (_state.K, _state.C);
        if (_options.ScaledStart && !_started)
        {
            // Both factors are the identity here, so that scaling them by s scales what was observed by s².
            var start = inputs.AverageTrace().to(float64).mul(outputs.AverageTrace().to(float64)).add(_options.Damping).pow(-0.25);
            k = k.Scaled(start);
            c = c.Scaled(start);
            inputs = inputs.Scaled(start.square());
            outputs = outputs.Scaled(start.square());
        }

        _started = true;
        var (gramK, gramC) = (k.Gram(), c.Gram());
        var scale = 0.5 * (_options.NormalizeFactorStep ? 1 - _options.Momentum : 1);
        var adaptive = !_options.KfacLike;
        var directionK = SingdMath.Direction(
            k, inputs, gramK, adaptive ? outputs.AverageTrace() : null, adaptive ? gramC.AverageTrace() : null, _options.Damping, scale);
        var directionC = SingdMath.Direction(
            c, outputs, gramC, adaptive ? inputs.AverageTrace() : null, adaptive ? gramK.AverageTrace() : null, _options.Damping, scale);

        var momentumK = Accumulate(_state.MomentumK, directionK);
        var momentumC = Accumulate(_state.MomentumC, directionC);
        var rate = _options.FactorRate.At(step);
        return new Factors(
            SingdMath.Step(k, momentumK, rate, _options.NormalizeFactorStep),
            SingdMath.Step(c, momentumC, rate, _options.NormalizeFactorStep),
            _options.Momentum == 0 ? null : momentumK,
            _options.Momentum == 0 ? null : momentumC);
    }

    /// <summary>m ← α₁ m + N: heavy ball, not an average.</summary>
    private StructuredMatrix Accumulate(StructuredMatrix? momentum, StructuredMatrix direction) =>
        momentum is null ? direction : direction.Plus(momentum, _options.Momentum);

    /// <summary>The state: K and C, and their momenta unless α₁ is 0 or no update was made yet.</summary>
    private sealed record Factors(StructuredMatrix K, StructuredMatrix C, StructuredMatrix? MomentumK, StructuredMatrix? MomentumC) : IDisposable
    {
        public Factors Keep()
        {
            foreach (var matrix in All())
            {
                matrix.Keep();
            }

            return this;
        }

        public IReadOnlyDictionary<string, StructuredMatrix> ByName()
        {
            var named = new Dictionary<string, StructuredMatrix> { ["K"] = K, ["C"] = C };
            if (MomentumK is not null && MomentumC is not null)
            {
                named.Add("m_K", MomentumK);
                named.Add("m_C", MomentumC);
            }

            return named;
        }

        public void Dispose()
        {
            foreach (var matrix in All())
            {
                matrix.Dispose();
            }
        }

        private IEnumerable<StructuredMatrix> All() => new[] { K, C, MomentumK, MomentumC }.OfType<StructuredMatrix>();
    }

    /// <summary>H_K and H_C of the micro-batches so far.</summary>
    /// <param name="Inputs">H_K, the mean over the rows.</param>
    /// <param name="Outputs">H_C.</param>
    /// <param name="Rows">N, the rows behind H_K.</param>
    /// <param name="OutputScale">The factor in H_C = factor · Σ g gᵀ.</param>
    private sealed record Observation(StructuredMatrix Inputs, StructuredMatrix Outputs, long Rows, double OutputScale) : IDisposable
    {
        public Observation Plus(Observation other, SingdOptions options)
        {
            if (options.MicroBatches == MicroBatches.Summed)
            {
                return new Observation(Inputs.Plus(other.Inputs), Outputs.Plus(other.Outputs), Rows + other.Rows, OutputScale);
            }

            // H_K is a mean over rows; H_C is a sum of outer products times a factor that grows with the batch.
            var rows = Rows + other.Rows;
            var outputScale = options.LossAverage == LossAverage.None ? 1 : OutputScale + other.OutputScale;
            return new Observation(
                Inputs.Scaled(Rows / (double)rows).Plus(other.Inputs, other.Rows / (double)rows),
                Outputs.Scaled(outputScale / OutputScale).Plus(other.Outputs, outputScale / other.OutputScale),
                rows,
                outputScale);
        }

        public Observation Keep()
        {
            Inputs.Keep();
            Outputs.Keep();
            return this;
        }

        public void Dispose()
        {
            Inputs.Dispose();
            Outputs.Dispose();
        }
    }
}
