using System.Collections.Immutable;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Networks;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>
/// Remembers the weights of highest evidence in a training: at each look from the third on the mean of the weights since the look before, single steps being long. Where that of the
/// last look is the highest, the training's own last weights are kept. Owns the mean, borrows the network.
/// </summary>
/// <param name="network">In training.</param>
internal sealed class BestLook(nn.Module network) : IDisposable
{
    private const int First = 2;

    private readonly WeightAverage _mean = new(network);
    private BestLookState _best = new(double.NegativeInfinity, null, [], 0, []);

    /// <summary>What was remembered, and the running mean.</summary>
    public BestLookState State
    {
        get => _best with { Averaged = _mean.Count, Mean = _mean.Read() };
        set
        {
            _best = value;
            if (!value.Mean.IsEmpty)
            {
                _mean.GoOnFrom(value.Averaged, value.Mean);
            }
        }
    }

    /// <summary>Counts the weights before a step.</summary>
    public void Add() => _mean.Add();

    /// <summary>Measures the mean, and begins a new one.</summary>
    /// <param name="look">Which one, from 0.</param>
    /// <param name="isLast">Whether none follows.</param>
    /// <param name="found">The hyper-parameters of the look.</param>
    /// <param name="logEvidence">That of the network with them.</param>
    public void Measure(int look, bool isLast, HyperParameters found, Func<double> logEvidence)
    {
        if (look >= First)
        {
            _mean.Exchange();
            try
            {
                if (logEvidence() is var value && value > _best.LogEvidence)
                {
                    _best = isLast ? new BestLookState(value, null, [], 0, []) : new BestLookState(value, found, ModuleWeights.Read(network), 0, []);
                }
            }
            finally
            {
                _mean.Exchange();
            }
        }

        _mean.Restart();
    }

    public void Dispose() => _mean.Dispose();
}

/// <summary>What a training remembers of its looks.</summary>
/// <param name="LogEvidence">The highest so far.</param>
/// <param name="Found">The hyper-parameters then; null where nothing is better than the training's last state.</param>
/// <param name="Weights">The weights then; empty likewise.</param>
/// <param name="Averaged">Steps in the running mean.</param>
/// <param name="Mean">The running mean; empty before the first step.</param>
internal sealed record BestLookState(double LogEvidence, HyperParameters? Found, ImmutableArray<NamedWeights> Weights, int Averaged, ImmutableArray<NamedWeights> Mean);
