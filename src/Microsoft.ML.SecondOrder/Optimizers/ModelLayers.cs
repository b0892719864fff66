using Microsoft.ML.SecondOrder.Curvature;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Optimizers;

/// <summary>A layer of a model that has a rule and a trainable weight.</summary>
internal sealed record ModelLayer(string Name, nn.Module<Tensor, Tensor> Module, LayerRule Rule);

/// <summary>The layers of a model that can be preconditioned, and which of them no group has claimed yet.</summary>
internal sealed class ModelLayers
{
    private readonly nn.Module _model;
    private readonly List<ModelLayer> _all = [];
    private readonly List<(string Layer, string With)> _tied = [];
    private readonly Dictionary<string, ModelLayer> _unclaimed;

    /// <exception cref="ArgumentException">The model has no such layer.</exception>
    public ModelLayers(nn.Module model)
    {
        _model = model;

        // named_modules() leaves out the root, so that it is asked separately, and names a module twice that was registered
        // twice (by hand and as a field, say): the first name counts.
        var seen = new HashSet<nn.Module>(ReferenceEqualityComparer.Instance);
        var weights = new Dictionary<IntPtr, string>();
        foreach (var (name, module) in model.named_modules().Prepend((string.Empty, model)).Where(m => seen.Add(m.Item2)))
        {
            if (LayerRule.For(module) is not { Weight.requires_grad: true } rule || module is not nn.Module<Tensor, Tensor> callable)
            {
                continue;
            }

            // A weight that two layers share is stepped once, by the first: its gradient is that of both.
            if (weights.TryAdd(rule.Weight.Handle, name))
            {
                _all.Add(new ModelLayer(name, callable, rule));
            }
            else
            {
                _tied.Add((name, weights[rule.Weight.Handle]));
            }
        }

        if (_all.Count == 0)
        {
            throw new ArgumentException(
                "The model has no dense or convolutional layer with a trainable weight. Register layers in the model, or use a first-order optimizer.", nameof(model));
        }

        _unclaimed = _all.ToDictionary(l => l.Name);
    }

    /// <summary>Layers whose weight is that of another layer, which is named too.</summary>
    public IReadOnlyList<(string Layer, string With)> Tied => _tied;

    /// <summary>Names of the layers that no group has claimed.</summary>
    public IReadOnlyCollection<string> Unclaimed => _unclaimed.Keys;

    /// <summary>The layers that a group names, or all that are left.</summary>
    /// <exception cref="ArgumentException">A name is not that of a free layer.</exception>
    public IReadOnlyList<ModelLayer> Claim(LayerGroup group)
    {
        var claimed = new List<ModelLayer>();
        foreach (var name in group.Layers ?? [.. _unclaimed.Keys])
        {
            if (!_unclaimed.Remove(name, out var layer))
            {
                throw new ArgumentException(
                    $"The layer '{name}' of a group is not in the model, has no layer rule, or is in two groups. Free layers: {string.Join(", ", _unclaimed.Keys)}.", nameof(group));
            }

            claimed.Add(layer);
        }

        return claimed;
    }

    /// <summary>Names of the trainable parameters that belong to no layer, each parameter once.</summary>
    public IEnumerable<string> UncoveredParameters()
    {
        var covered = _all.SelectMany(l => new[] { l.Rule.Weight, l.Rule.Bias }).OfType<Parameter>().Select(p => p.Handle).ToHashSet();
        return [.. _model.named_parameters().Where(p => p.parameter.requires_grad && covered.Add(p.parameter.Handle)).Select(p => p.name)];
    }

    /// <summary>A parameter as it is now: moving a model to another device replaces its parameters.</summary>
    public Parameter Find(string name) => _model.named_parameters().First(p => p.name == name).parameter;
}
