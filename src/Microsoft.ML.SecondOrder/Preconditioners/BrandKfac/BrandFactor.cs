using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>A wide factor of a dense layer, known by its largest eigenvalues only, which are carried along from update to update.</summary>
internal sealed class BrandFactor : CurvatureFactor
{
    /// <summary>Updates after which the vectors are made orthonormal anew.</summary>
    private const int StraightenInterval = 50;

    private readonly BrandKfacOptions _options;
    private readonly AveragedMatrix? _average;
    private readonly List<Tensor> _rows = [];

    /// <summary>d: [R] and U: [D, R], of which the last "modes" are in use.</summary>
    private readonly NamedTensors _spectrum = new();

    public BrandFactor(FactorShape shape, BrandKfacOptions options)
        : base(shape)
    {
        using var scope = NewDisposeScope();
        _options = options;
        _average = options.Correction == BrandCorrection.None ? null : new AveragedMatrix(shape);
        _spectrum.Add("values", zeros(new long[] { options.Rank }, shape.Type, shape.Device));
        _spectrum.Add("vectors", zeros(new[] { shape.Size, options.Rank }, shape.Type, shape.Device));
        _spectrum.AddCount("modes");
    }

    public override IReadOnlyDictionary<string, Tensor> Kept =>
        _average is null ? _spectrum.All : new Dictionary<string, Tensor>(_spectrum.All) { [""] = _average.Value };

    public override long Operations => 2 * _options.Rank * Shape.Size;

    public override string Description => $"carried rank {_options.Rank}";

    public override bool FollowsUpdates => true;

    private long Modes => (long)_spectrum["modes"].ToDouble();

    /// <summary>Of what is kept of M.</summary>
    public override double MeanDiagonal()
    {
        using var scope = NewDisposeScope();
        return _spectrum["values"].sum().ToDouble() / Shape.Size;
    }

    public override void Observe(Tensor rows)
    {
        _rows.Add(rows.clone().DetachFromDisposeScope());
        _average?.Observe(rows);
    }

    public override void Discard()
    {
        _rows.ForEach(r => r.Dispose());
        _rows.Clear();
        _average?.Discard();
    }

    public override void Update(FactorUpdate update)
    {
        using var scope = NewDisposeScope();
        var modes = Modes;
        var columns = Columns(update, modes); // [D, N]
        Keep(BrandMath.Update(Last("values", 0), Last("vectors", 1), 1 - update.Weight, columns, Math.Min(_options.Rank, modes + columns.shape[1]), Shape.Name));
        _average?.Update(update);
        Discard();
        if (update.Number % _options.CorrectionInterval == 0 && _average is not null)
        {
            Keep(_options.Correction == BrandCorrection.Overwrite
                ? RandomizedFactor.Spectrum(_average.Value, Modes == _options.Rank ? Last("vectors", 1) : null, _options, update.Seed, Shape.Name)
                : BrandMath.Correct(Last("values", 0), Last("vectors", 1), _average.Value, Part(update.Seed), Shape.Name));
        }

        if (update.Number % StraightenInterval == 0)
        {
            Keep(BrandMath.Straighten(Last("values", 0), Last("vectors", 1), Shape.Name));
        }
    }

    public override void Invert(double relative, double faded, ulong seed)
    {
        using var scope = NewDisposeScope();
        var values = Last("values", 0);
        var rest = Modes < _options.Rank ? 0 : values[0].ToDouble(); // as long as nothing was dropped, there is nothing beyond the modes
        var inverse = LowRankPlusDiagonal.Inverse(values, Last("vectors", 1), rest, Damping(values[-1].ToDouble(), relative, faded));
        var weights = zeros_like(_spectrum["values"]);
        weights.narrow(0, weights.shape[0] - Modes, Modes).copy_(inverse.Weights);
        Inverse.Replace(("weights", weights), ("rest", inverse.Rest));
    }

    public override Tensor FromRight(Tensor rows)
    {
        using var scope = NewDisposeScope();
        var modes = Modes;
        var weights = Inverse["weights"].narrow(0, _options.Rank - modes, modes);
        return new LowRankPlusDiagonal(Last("vectors", 1), weights, Inverse["rest"]).FromRight(rows).MoveToOuterDisposeScope();
    }

    public override void To(Device device)
    {
        base.To(device);
        _average?.To(device);
        _spectrum.To(device);
    }

    public override void Dispose()
    {
        base.Dispose();
        _average?.Dispose();
        _spectrum.Dispose();
    }

    private protected override (string Name, Tensor Tensor)[] EmptyInverse() =>
        [("weights", zeros_like(_spectrum["values"])), ("rest", zeros(new long[] { 1 }, Shape.Type, _spectrum["values"].device))];

    /// <summary>The modes in use.</summary>
    private Tensor Last(string name, int axis) => _spectrum[name].narrow(axis, _options.Rank - Modes, Modes);

    private void Keep((Tensor Values, Tensor Vectors) spectrum)
    {
        var modes = spectrum.Values.shape[0];
        _spectrum["modes"].ClearInPlace();
        _spectrum["modes"].AddInPlace(modes);
        Last("values", 0).copy_(spectrum.Values);
        Last("vectors", 1).copy_(spectrum.Vectors);
    }

    /// <summary>B with B Bᵀ = w s Σ xxᵀ, exactly or in the mean, of no more columns than there are directions left: [D, N].</summary>
    private Tensor Columns(FactorUpdate update, long modes)
    {
        var rows = _rows.Count == 1 ? _rows[0] : cat(_rows, 0);
        var most = Math.Min(_options.MaximumRows, Shape.Size - modes);
        rows = rows.shape[0] <= most ? rows : BrandMath.Mixed(rows, most, update.Seed);
        return rows.t().Times(Math.Sqrt(update.Weight * update.Scale));
    }

    private Tensor Part(ulong seed)
    {
        using var generator = new Generator(seed, CPU);
        var count = Math.Clamp((long)Math.Round(_options.CorrectedPart * Modes), 1, Modes);
        return randperm(Modes, generator: generator).narrow(0, 0, count).to(_spectrum["values"].device);
    }
}
