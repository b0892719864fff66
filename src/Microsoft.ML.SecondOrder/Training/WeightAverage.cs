using Microsoft.ML.SecondOrder.Matrices;
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
    private int _count;

    /// <summary>Counts the weights as they are now.</summary>
    public void Add()
    {
        using var gradMode = no_grad();
        using var scope = NewDisposeScope();
        _count++;
        foreach (var (parameter, i) in network.parameters().Select((p, i) => (p, i)))
        {
            if (i == _means.Count)
            {
                _means.Add(parameter.detach().clone().DetachFromDisposeScope());
            }
            else
            {
                _means[i].ScaleInPlace(1 - 1.0 / _count);
                _means[i].AddInPlace(parameter.detach(), 1.0 / _count);
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
    public void Restart() => _count = 0;

    public void Dispose() => _means.ForEach(m => m.Dispose());
}
