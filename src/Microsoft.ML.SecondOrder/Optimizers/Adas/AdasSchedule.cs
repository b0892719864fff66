using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Optimizers;

/// <summary>
/// AdaS (Hosseini and Plataniotis, 2020, arXiv 2006.06587): a learning rate for each layer that grows while the layer's weight
/// gains structure and decays when it no longer does, for any method. Structure is the part of a weight's singular values that
/// empirical Bayes does not take for noise: their knowledge gain S, the mean of (d/d₁)ᵖ. After each epoch
/// η ← max(βη + ζ(S − S'), least).
/// </summary>
/// <remarks>
/// The rates are factors on those of the layers' groups, so that other schedulers may run beside it. Deviations from the
/// published code: dense layers follow their own weight, not the last convolution's; a weight with more rows than columns is
/// transposed; vectors keep their group's rate. One singular value decomposition a weight and epoch.
/// Borrows the optimizer.
/// </remarks>
public sealed class AdasSchedule
{
    private readonly List<OptimizedPart> _parts;
    private readonly AdasOptions _options;
    private IReadOnlyList<AdasLayer> _layers = [];

    /// <param name="optimizer">With learning rates above 0, at which the first epoch begins.</param>
    /// <param name="options">Null takes the defaults.</param>
    /// <exception cref="ArgumentException">A setting is out of its range, or a learning rate is 0.</exception>
    public AdasSchedule(SecondOrderOptimizer optimizer, AdasOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        _options = options ?? new AdasOptions();
        _options.Check();
        _parts = [.. optimizer.Parts.Where(p => p.Parameters.First().dim() > 1)];
        if (_parts.FirstOrDefault(l => !(l.Group.InitialLearningRate > 0)) is { } still)
        {
            throw new ArgumentException($"AdaS begins at the optimizer's learning rate, but that of layer '{still.Name}' is {still.Group.InitialLearningRate}. Give it one above 0.", nameof(optimizer));
        }
    }

    /// <summary>What the last epoch's end found in each layer; empty before the first. Enough to go on from: see <see cref="Resume"/>.</summary>
    public IReadOnlyList<AdasLayer> Layers => _layers;

    /// <summary>Sets the layers' learning rates for the next epoch; call it at the end of each.</summary>
    public void step()
    {
        using var gradMode = no_grad();
        Apply([.. _parts.Select((layer, i) =>
        {
            var (gain, rank, condition) = AdasMath.KnowledgeOfWeight(layer.Parameters.First(), _options.Power, $"weight of layer '{layer.Name}'");
            var initial = layer.Group.InitialLearningRate;
            var rate = _layers.Count == 0
                ? initial
                : AdasMath.Rate(_layers[i].LearningRate, gain, _layers[i].KnowledgeGain, _options, _options.LeastShare * initial);
            return new AdasLayer(layer.Name, rate, gain, rank, condition);
        })]);
    }

    /// <summary>Goes on where another run was, after the optimizer's state was loaded.</summary>
    /// <param name="layers">What <see cref="Layers"/> was.</param>
    /// <exception cref="ArgumentException">The layers are not those of the optimizer.</exception>
    public void Resume(IReadOnlyList<AdasLayer> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        var (expected, found) = (_parts.Select(l => l.Name).ToList(), layers.Select(l => l.Name).ToList());
        if (found.Count > 0 && !found.SequenceEqual(expected))
        {
            throw new ArgumentException($"These are rates of the layers {string.Join(", ", found)}, but the optimizer has {string.Join(", ", expected)}.", nameof(layers));
        }

        Apply([.. layers]);
    }

    private void Apply(IReadOnlyList<AdasLayer> layers)
    {
        _layers = layers;
        _parts.ForEach(p => p.RateFactor = 1);
        foreach (var (layer, found) in _parts.Zip(layers))
        {
            layer.RateFactor = found.LearningRate / layer.Group.InitialLearningRate;
        }
    }
}
