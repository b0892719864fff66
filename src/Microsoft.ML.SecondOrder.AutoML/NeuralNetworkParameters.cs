using Microsoft.ML.SearchSpace;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Preconditioners;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.AutoML;

/// <summary>
/// What a search varies of a trainer of neural networks, and beside it what it leaves as it is. Those that vary carry an attribute; without a
/// change, all of them give the trainer with its defaults. AutoML writes and reads them as JSON.
/// </summary>
public abstract class NeuralNetworkParameters
{
    /// <summary>The width that a trainer chooses by itself.</summary>
    private const int DefaultWidth = 128;

    /// <summary>The number of layers that a trainer chooses by itself.</summary>
    private const int DefaultDepth = 2;

    private const double SearchedDecay = 0.01;

    private protected NeuralNetworkParameters()
    {
    }

    /// <summary>The column to learn. Default "Label". Does not vary.</summary>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>The column to learn from: a vector of Single of known size. Default "Features". Does not vary.</summary>
    public string FeatureColumnName { get; set; } = "Features";

    /// <summary>A column of Single that says how much each row counts. Default null: all count alike. Does not vary.</summary>
    public string? ExampleWeightColumnName { get; set; }

    /// <summary>Passes over the rows, at least 1. Default null: chosen by the trainer. Does not vary.</summary>
    public int? MaximumNumberOfEpochs { get; set; }

    /// <summary>
    /// The kind of network. Default <see cref="NetworkKind.Mlp"/>. <see cref="NetworkKind.FtTransformer"/> takes many times as long, and is no
    /// choice unless <c>space["Network"]</c> is replaced by one with it.
    /// </summary>
    [Choice([NetworkKind.Mlp, NetworkKind.ResidualMlp], NetworkKind.Mlp)]
    public NetworkKind Network { get; set; }

    /// <summary>Hidden layers of a perceptron, blocks of two layers of a residual one, layers of a transformer; at least 1. Default 2.</summary>
    [Choice([1, 2, 3, 4], DefaultDepth)]
    public int Depth { get; set; } = DefaultDepth;

    /// <summary>Units of each layer, at least 1; of a transformer the numbers that describe a column, a quarter of this. Default 128.</summary>
    [Choice([32, 64, 128, 256], DefaultWidth)]
    public int Width { get; set; } = DefaultWidth;

    /// <summary>The second-order method. Default <see cref="SearchedOptimizer.Auto"/>.</summary>
    [Choice([SearchedOptimizer.Auto, SearchedOptimizer.Singd], SearchedOptimizer.Auto)]
    public SearchedOptimizer Optimizer { get; set; }

    /// <summary>What the method's damping is multiplied by, above 0. Default 1.</summary>
    [Choice([0.1, 0.3, 1.0, 3.0, 10.0], 1.0)]
    public double DampingFactor { get; set; } = 1;

    /// <summary>What keeps the weights small. Default <see cref="SearchedRegularization.Auto"/>.</summary>
    [Choice([SearchedRegularization.Auto, SearchedRegularization.MarginalLikelihood, SearchedRegularization.WeightDecay], SearchedRegularization.Auto)]
    public SearchedRegularization Regularization { get; set; }

    /// <summary>The rate of <see cref="SearchedRegularization.WeightDecay"/>, at least 0; without meaning for the others. Default 0.01.</summary>
    [Range(1e-4, 0.1, SearchedDecay, logBase: true)]
    public double WeightDecay { get; set; } = SearchedDecay;

    /// <summary>These parameters in words, as a trial's name.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Network} {Depth} × {Width}, {Optimizer}, damping × {DampingFactor:G3}, regularization {Regularization}{(Regularization == SearchedRegularization.WeightDecay ? FormattableString.Invariant($" {WeightDecay:G2}") : "")}");

    /// <summary>Sets the fields that these parameters are about, and leaves null what a trainer chooses by itself.</summary>
    /// <param name="options">New ones.</param>
    /// <param name="fisher">The curvature that the task's trainer takes.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter makes no sense.</exception>
    private protected TOptions Fill<TOptions>(TOptions options, FisherKind fisher)
        where TOptions : NeuralNetworkTrainerOptions
    {
        Require(Enum.IsDefined(Network), nameof(Network), Network, $"a {nameof(NetworkKind)}");
        Require(Enum.IsDefined(Optimizer), nameof(Optimizer), Optimizer, $"a {nameof(SearchedOptimizer)}");
        Require(Enum.IsDefined(Regularization), nameof(Regularization), Regularization, $"a {nameof(SearchedRegularization)}");
        Require(Depth >= 1, nameof(Depth), Depth, "at least 1");
        Require(Width >= 1, nameof(Width), Width, "at least 1");
        Require(DampingFactor > 0 && double.IsFinite(DampingFactor), nameof(DampingFactor), DampingFactor, "above 0 and finite");
        options.LabelColumnName = LabelColumnName;
        options.FeatureColumnName = FeatureColumnName;
        options.ExampleWeightColumnName = ExampleWeightColumnName;
        options.MaximumNumberOfEpochs = MaximumNumberOfEpochs;
        options.Network = Network switch
        {
            NetworkKind.ResidualMlp => Networks.Network.ResidualMlp(Width, Depth),
            NetworkKind.FtTransformer => Networks.Network.FtTransformer(Math.Max(Width / 16 * 4, 4), Depth),
            _ => (Depth, Width) == (DefaultDepth, DefaultWidth) ? null : Networks.Network.Mlp([.. Enumerable.Repeat(Width, Depth)]),
        };
        options.Optimizer = Optimizer == SearchedOptimizer.Singd ? Singd(fisher) : null;
        options.DampingSchedule = DampingFactor == 1 ? null : TrainingSchedule.Constant(factor: DampingFactor);
        options.Regularization = Regularization switch
        {
            SearchedRegularization.MarginalLikelihood => Training.Regularization.MarginalLikelihood(options is NeuralNetworkRegressionTrainer.Options ? PriorPrecision.Shared : null),
            SearchedRegularization.WeightDecay => Training.Regularization.WeightDecay(WeightDecay),
            _ => null,
        };
        return options;
    }

    /// <summary>No factor is narrow enough to be inverted.</summary>
    private static AutoOptions Singd(FisherKind fisher) => new() { Fisher = fisher, FactorBudget = 1, AvoidsWaiting = true };

    private static void Require<T>(bool holds, string name, T value, string expected)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(name, FormattableString.Invariant($"{name} must be {expected}, but is {value}."));
        }
    }
}
