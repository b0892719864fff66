using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Preconditioners;

namespace CompareOptimizers;

/// <summary>A method with a learning rate that suits it. Those with a norm constraint hardly mind which.</summary>
internal sealed record Method(string Name, PreconditionerOptions Options, double LearningRate, double? NormConstraint = null)
{
    private const double Bound = 0.01;

    public static IReadOnlyList<Method> All { get; } =
    [
        new("K-FAC", new KfacOptions { Fisher = FisherKind.Exact }, 1, Bound),
        new("EKFAC", new EkfacOptions { Fisher = FisherKind.Exact }, 1, Bound),
        new("FOOF", new FoofOptions { Damping = 0.1 }, 1, Bound),
        new("SRE-KFAC", new RandomizedKfacOptions { Fisher = FisherKind.Exact }, 1, Bound),
        new("B-KFAC", new BrandKfacOptions { Fisher = FisherKind.Exact }, 1, Bound),
        new("MBF", new MiniBlockOptions(), 1, Bound),
        new("K-BFGS", new KbfgsOptions(), 1, Bound),
        new("SENG", new SengOptions(), 1, Bound),
        new("FNGD", new FngdOptions(), 1, Bound),
        new("CG-FAC", new CgfacOptions { Fisher = FisherKind.Exact }, 1, Bound),
        new("SINGD", new SingdOptions { Fisher = FisherKind.Exact, ScaledStart = true, FactorRate = 0.1, NormalizeFactorStep = true }, 1, Bound),
        new("TNT", new TntOptions(), 1, Bound),
        new("SIRFShampoo", new SirfShampooOptions { FactorRate = 0.1 }, 1, Bound),
        new("IF-Shampoo", new IfShampooOptions(), 1, Bound),
        new("RF-RMSProp", new RootFreeRmsPropOptions { Alpha = 0.95 }, 1, Bound),
        new("RF-AdamW", new RootFreeAdamWOptions { Beta2 = 0.95 }, 0.05),
        new("Shampoo", new ShampooOptions(), 0.01),
        new("SOAP", new SoapOptions(), 0.01),
        new("RMSProp", new RmsPropOptions(), 0.003),
        new("AdamW", new AdamWOptions(), 0.01),
    ];
}

/// <summary>The loss before each step, and the seconds after it.</summary>
internal sealed record Curve(string Name, List<double> Losses, List<double> Seconds);
