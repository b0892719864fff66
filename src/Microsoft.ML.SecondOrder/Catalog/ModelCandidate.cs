using Microsoft.ML.SecondOrder.Networks;

namespace Microsoft.ML.SecondOrder;

/// <summary>
/// What <c>mlContext.SecondOrder().SelectRegressionModel</c> and its kind choose from: a network, a trainer with all of its options, or a whole
/// pipeline. A network stands for a candidate wherever one is asked for.
/// </summary>
public sealed class ModelCandidate
{
    /// <summary>A kind of network with all else by default, under its own name.</summary>
    /// <param name="network">The network.</param>
    public ModelCandidate(Network network)
        : this(Required(network).ToString(), network)
    {
    }

    /// <summary>A kind of network with all else by default.</summary>
    /// <param name="name">Shown on the leaderboard.</param>
    /// <param name="network">The network.</param>
    public ModelCandidate(string name, Network network)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        (Name, Network) = (name, Required(network));
    }

    /// <summary>A trainer with all of its options: feature columns, optimizer and its matrix patterns, regularisation and the rest.</summary>
    /// <param name="name">Shown on the leaderboard.</param>
    /// <param name="options">Of the trainer for the task; their values count as they are when the selection begins.</param>
    public ModelCandidate(string name, NeuralNetworkTrainerOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(options);
        (Name, Options) = (name, options);
    }

    /// <summary>
    /// A whole pipeline. Where it ends in a trainer of this package it is compared by all criteria, else by folds only. It is not interrupted
    /// when the time has run out, except through <c>MLContext.CancelExecution</c>.
    /// </summary>
    /// <param name="name">Shown on the leaderboard.</param>
    /// <param name="pipeline">Ends in the columns of a scorer: Score, and Probability for two classes.</param>
    public ModelCandidate(string name, IEstimator<ITransformer> pipeline)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(pipeline);
        (Name, Pipeline) = (name, pipeline);
    }

    /// <summary>Shown on the leaderboard.</summary>
    public string Name { get; }

    internal Network? Network { get; }

    internal NeuralNetworkTrainerOptions? Options { get; }

    internal IEstimator<ITransformer>? Pipeline { get; }

    /// <summary>A network with all else by default.</summary>
    /// <param name="network">The network.</param>
    public static implicit operator ModelCandidate(Network network) => new(network);

    private static Network Required(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return network;
    }
}
