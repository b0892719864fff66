using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// A method for each layer, by a count of what it takes in a step: K-FAC where both factors are narrow enough to be inverted, else
/// mini-blocks for convolutions whose blocks take less, else SINGD, dense on a side where that is affordable and hierarchical on a wide one.
/// The optimizer's summary tells each choice and its reason.
/// </summary>
/// <remarks>
/// The choice depends on a layer's shape, the kind of its device and these settings only: the same on every machine, unless
/// <see cref="MeasuresCost"/> is set. Low-rank methods are not among the choices: their damping is relative to a factor's largest
/// eigenvalue, so that no <see cref="Damping"/> fits them too, and a hierarchical factor takes fewer operations and less memory.
/// </remarks>
public sealed record AutoOptions : LayerPreconditionerOptions
{
    /// <summary>λ of all methods. Unit: curvature. Default 1e-2; must be above 0.</summary>
    public double Damping { get; init; } = 1e-2;

    /// <summary>λ of the layers that get SINGD. Unit: curvature. Default null: <see cref="Damping"/>; above 0.</summary>
    public double? SingdDamping { get; init; }

    /// <summary>ρ, how much of running averages an update of K-FAC or mini-blocks keeps. Default 0.95; from 0 to below 1.</summary>
    public double FactorDecay { get; init; } = 0.95;

    /// <summary>T: the curvature is renewed at every T-th step, the first included; K-FAC and mini-blocks renew it at each of the first three as well. Default 10; at least 1.</summary>
    public int UpdateInterval { get; init; } = 10;

    /// <summary>
    /// How many multiplications a step the renewal of one factor may take in the mean over T steps: D³/T for the inverse of D rows,
    /// 3D³/T for a dense factor of SINGD. Default 1e8: inverses of up to 1 000 rows at T = 10; above 0. A bias does not count.
    /// </summary>
    public double FactorBudget { get; init; } = 1e8;

    /// <summary>
    /// Whether to leave out methods at whose updates the host waits for the device (those with inverses). Default null: on every device but the CPU.
    /// </summary>
    public bool? AvoidsWaiting { get; init; }

    /// <summary>
    /// Whether the count for inverses is multiplied by how long one takes on the layer's device beside a product of as many multiplications,
    /// measured once a process. Default false: 1, which processors come close to. With it, the choice at the border, and so the trained numbers, can
    /// differ from machine to machine and from run to run, and a state that was saved after another choice is refused.
    /// </summary>
    public bool MeasuresCost { get; init; }

    /// <summary>Over what the loss is averaged. Default <see cref="LossAverage.Batch"/>.</summary>
    public LossAverage LossAverage { get; init; } = LossAverage.Batch;

    /// <summary>What layers with narrow factors get.</summary>
    internal KfacOptions Kfac() => new()
    {
        Sharing = Sharing,
        Fisher = Fisher,
        FisherDraws = FisherDraws,
        Damping = Damping,
        DampingKind = KfacDamping.Factored,
        FactorDecay = FactorDecay,
        CovarianceInterval = UpdateInterval,
        InverseInterval = UpdateInterval,
        EagerSteps = 3,
        LossAverage = LossAverage,
    };

    /// <summary>What convolutions with wide factors and small kernels get.</summary>
    internal MiniBlockOptions MiniBlock() => new()
    {
        Sharing = Sharing,
        Fisher = Fisher,
        FisherDraws = FisherDraws,
        Damping = Damping,
        FactorDecay = FactorDecay,
        CovarianceInterval = UpdateInterval,
        InverseInterval = UpdateInterval,
        EagerSteps = 3,
        LossAverage = LossAverage,
    };

    /// <summary>SINGD, with a start and rates at which some dozens of updates move the factors; the published ones would hardly.</summary>
    internal SingdOptions Singd(MatrixPattern inputs, MatrixPattern outputs) => new()
    {
        Sharing = Sharing,
        Fisher = Fisher,
        FisherDraws = FisherDraws,
        Inputs = inputs,
        Outputs = outputs,
        Damping = SingdDamping ?? Damping,
        FactorRate = 0.1,
        FactorMomentum = 0.5,
        UpdateInterval = UpdateInterval,
        NormalizeFactorStep = true,
        ScaledStart = true,
        LossAverage = LossAverage,
    };

    internal override LayerPreconditioner Create(LayerShape shape)
    {
        var choice = AutoChoice.Of(this, shape, shape.Device.type, MeasuresCost ? InverseCost.Measured(shape.Device, shape.Type) : 1);
        var preconditioner = choice.Options.Create(shape);
        preconditioner.Reason = choice.Reason;
        return preconditioner;
    }

    internal override IEnumerable<string> Problems() => CommonProblems().Concat(Sentences(
        AboveZero(nameof(Damping), Damping),
        AboveZero(nameof(SingdDamping), SingdDamping ?? 1),
        BelowOne(nameof(FactorDecay), FactorDecay),
        AtLeastOne(nameof(UpdateInterval), UpdateInterval),
        AboveZero(nameof(FactorBudget), FactorBudget),
        Enum.IsDefined(LossAverage) ? null : $"{nameof(LossAverage)} must be a value of its type, but is {LossAverage}."));
}
