using System.Collections.Immutable;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>
/// The mean of a network's weights over some steps (Polyak and Juditsky, 1992): where a training is on its way to, without the noise of single
/// steps. Owns the mean, borrows the network.
/// </summary>
internal sealed class WeightAverage(nn.Module network) : IDisposable
{
    private readonly List<Tensor> _means = [];

    /// <summary>Steps that were counted.</summary>
    public int Count { get; private set; }

    /// <summary>Counts the weights as they are now.</summary>
    public void Add()
    {
        using var gradMode = no_grad();
        using var scope = NewDisposeScope();
        Count++;
        foreach (var (parameter, i) in network.parameters().Select((p, i) => (p, i)))
        {
            if (i == _means.Count)
            {
                _means.Add(parameter.detach().clone().DetachFromDisposeScope());
            }
            else if (Count == 1)
            {
                _means[i].copy_(parameter.detach()); // whatever was there, which need not be finite
            }
            else
            {
                _means[i].ScaleInPlace(1 - 1.0 / Count);
                _means[i].AddInPlace(parameter.detach(), 1.0 / Count);
            }
        }
    }

    /// <summary>Gives the network the mean and keeps its weights; the next time the other way round.</summary>
    public void Exchange()
    {
        using var gradMode = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (parameter, mean) in network.parameters().Zip(_means))
        {
            var own = parameter.detach().clone();
            parameter.detach().copy_(mean);
            mean.copy_(own);
        }
    }

    /// <summary>Begins a new mean.</summary>
    public void Restart() => Count = 0;

    /// <summary>The mean as plain numbers; empty before any was counted.</summary>
    public ImmutableArray<NamedWeights> Read()
    {
        if (_means.Count == 0)
        {
            return [];
        }

        Exchange();
        var mean = ModuleWeights.Read(network);
        Exchange();
        return mean;
    }

    /// <summary>Goes on from a mean that was read.</summary>
    /// <param name="count">Steps that were counted in it.</param>
    /// <param name="mean">Not empty.</param>
    public void GoOnFrom(int count, ImmutableArray<NamedWeights> mean)
    {
        var own = ModuleWeights.Read(network);
        ModuleWeights.Load(network, mean);
        Restart();
        Add();
        ModuleWeights.Load(network, own);
        Count = count;
    }

    public void Dispose() => _means.ForEach(m => m.Dispose());
}
