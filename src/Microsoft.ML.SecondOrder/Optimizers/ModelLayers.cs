using Microsoft.ML.SecondOrder.Curvature;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Optimizers;

/// <summary>A layer of a model that has a rule and a trainable weight.</summary>
internal sealed record ModelLayer(string Name, nn.Module<Tensor, Tensor> Module, LayerRule Rule)
{
    /// <summary>Further layers of the same kind whose weight is the same parameter.</summary>
    public List<ModelLayer> Others { get; } = [];

    /// <summary>The first of the layers with this weight that has a trainable bias, which becomes a column of the joint weight; null where none has.</summary>
    public LayerRule? WithBias => Others.Prepend(this).Select(l => l.Rule).FirstOrDefault(r => r.Bias is { requires_grad: true });

    /// <summary>What this layer, or one of the others, does with the joint weight's bias.</summary>
    public BiasInput BiasOf(LayerRule rule) => WithBias?.Bias is not { } joint ? BiasInput.None
        : rule.Bias is { } bias && ModelLayers.AreSame(bias, joint) ? BiasInput.One
        : BiasInput.Zero;
}

/// <summary>The layers and the trainable parameters of a model, and which of them no group has claimed yet.</summary>
internal sealed class ModelLayers
{
    private readonly nn.Module _model;
    private readonly List<(string Name, Parameter Parameter)> _parameters;
    private readonly List<Parameter> _taken = [];
    private readonly List<ModelLayer> _all;
    private readonly List<(string Layer, string With)> _unlike;
    private readonly Dictionary<string, ModelLayer> _unclaimed;

    public ModelLayers(nn.Module model)
    {
        _model = model;
        (_all, _unlike) = Find(model, LayerRule.For);
        _unclaimed = _all.ToDictionary(l => l.Name);
        _parameters = [.. model.named_parameters().Where(p => p.parameter.requires_grad)];
    }

    /// <summary>The normalisation layers of a model whose scale is trainable: no layers of methods, but known to the evidence.</summary>
    public static IReadOnlyList<ModelLayer> ScalesAndShifts(nn.Module model) => Find(model, ScaleAndShiftRule.For).Found;

    /// <summary>The layers that a rule is for, and those whose weight belongs to one of another kind.</summary>
    private static (List<ModelLayer> Found, List<(string Layer, string With)> Unlike) Find(nn.Module model, Func<nn.Module, LayerRule?> ruleFor)
    {
        var (found, unlike) = (new List<ModelLayer>(), new List<(string, string)>());

        // named_modules() leaves out the root, so that it is asked separately, and names a module twice that was registered
        // twice (by hand and as a field, say): the first name counts.
        var seen = new HashSet<nn.Module>(ReferenceEqualityComparer.Instance);
        foreach (var (name, module) in model.named_modules().Prepend((string.Empty, model)).Where(m => seen.Add(m.Item2)))
        {
            if (ruleFor(module) is not { Weight.requires_grad: true } rule || module is not nn.Module<Tensor, Tensor> callable)
            {
                continue;
            }

            // A weight that several layers have in common is stepped once: its gradient is that of all, and so is its curvature.
            var layer = new ModelLayer(name, callable, rule);
            if (found.Find(l => AreSame(l.Rule.Weight, rule.Weight)) is not { } first)
            {
                found.Add(layer);
            }
            else if (first.Rule.GetType() == rule.GetType())
            {
                first.Others.Add(layer);
            }
            else
            {
                unlike.Add((name, first.Name));
            }
        }

        return (found, unlike);
    }

    /// <summary>All of them, in the model's order.</summary>
    public IReadOnlyList<ModelLayer> All => _all;

    /// <summary>Layers whose weight is that of another one, which is named too, and whether the curvature there is also theirs.</summary>
    public IReadOnlyList<(string Layer, string With, bool IsSeen)> Tied =>
        [.. _all.SelectMany(l => l.Others.Select(o => (o.Name, l.Name, true))), .. _unlike.Select(u => (u.Layer, u.With, false))];

    /// <summary>Names of the layers that no group has claimed.</summary>
    public IReadOnlyCollection<string> Unclaimed => _unclaimed.Keys;

    /// <exception cref="ArgumentException">The model has no layer.</exception>
    public void RequireLayers()
    {
        if (_all.Count == 0)
        {
            throw new ArgumentException(
                "The model has no dense or convolutional layer with a trainable weight. Register layers in the model, or train it by a method that needs none, such as new RootFreeAdamWOptions().", "model");
        }
    }

    /// <summary>The layers that a group names, or all that are left.</summary>
    /// <exception cref="ArgumentException">The model has no layer, or a name is not that of a free one.</exception>
    public IReadOnlyList<ModelLayer> ClaimLayers(LayerGroup group)
    {
        RequireLayers();
        var claimed = new List<ModelLayer>();
        foreach (var name in group.Layers ?? [.. _unclaimed.Keys])
        {
            if (!_unclaimed.Remove(name, out var layer))
            {
                throw new ArgumentException(
                    $"The layer '{name}' of a group is not in the model, has no layer rule, or is in two groups. Free layers: {string.Join(", ", _unclaimed.Keys)}.", nameof(group));
            }

            _taken.AddRange(JointParameters(layer));
            claimed.Add(layer);
        }

        return claimed;
    }

    /// <summary>The trainable parameters that a group names, or those of the modules that it names, or all that are left.</summary>
    /// <param name="group">A layer of which it takes a parameter can no longer be claimed whole.</param>
    /// <param name="joinsBiases">Whether a dense layer's weight and bias come as one.</param>
    /// <exception cref="ArgumentException">A name stands for no free parameter.</exception>
    public IReadOnlyList<ModelParameter> ClaimParameters(LayerGroup group, bool joinsBiases)
    {
        var claimed = new List<(string Name, Parameter Parameter)>();
        foreach (var name in group.Layers ?? [string.Empty])
        {
            var found = _parameters.Where(p => name.Length == 0 || p.Name == name || p.Name.StartsWith(name + ".", StringComparison.Ordinal)).Where(p => Take(p.Parameter)).ToList();
            if (found.Count == 0)
            {
                throw new ArgumentException(
                    $"'{(name.Length == 0 ? "(the model)" : name)}' of a group stands for no trainable parameter of the model that no other group has. "
                    + $"Free parameters: {string.Join(", ", _parameters.Where(p => !IsAmong(_taken, p.Parameter)).Select(p => p.Name))}.", nameof(group));
            }

            claimed.AddRange(found);
        }

        foreach (var layer in _unclaimed.Values.Where(l => JointParameters(l).Any(p => IsAmong(_taken, p))).ToList())
        {
            _unclaimed.Remove(layer.Name);
        }

        return [.. joinsBiases ? Joined(claimed) : claimed.Select(p => One(p.Name))];
    }

    /// <summary>The trainable parameters that belong to no layer and no group, each once.</summary>
    public IReadOnlyList<ModelParameter> Uncovered()
    {
        var covered = _unclaimed.Values.SelectMany(JointParameters).Concat(_taken);
        return [.. Distinct(_model, covered).Where(p => p.Parameter.requires_grad).Select(p => One(p.Name))];
    }

    /// <summary>The parameters of a model that are none of <paramref name="except"/>, each once, by its first name.</summary>
    public static List<(string Name, Parameter Parameter)> Distinct(nn.Module model, params IEnumerable<Parameter> except)
    {
        var known = except.ToList();
        var found = new List<(string, Parameter)>();
        foreach (var (name, parameter) in model.named_parameters())
        {
            if (!known.Exists(k => AreSame(k, parameter)))
            {
                known.Add(parameter);
                found.Add((name, parameter));
            }
        }

        return found;
    }

    /// <summary>Whether two objects are one parameter. TorchSharp's Embedding makes a new object of its weight at every reading.</summary>
    public static bool AreSame(Parameter a, Parameter b)
    {
        if (a.Handle == b.Handle)
        {
            return true;
        }

        if (a.dtype != b.dtype || a.requires_grad != b.requires_grad || !a.shape.SequenceEqual(b.shape))
        {
            return false;
        }

        // What is set on one shows on the other where both stand for one tensor, on any device.
        var was = a.requires_grad;
        a.requires_grad = !was;
        var same = b.requires_grad != was;
        a.requires_grad = was;
        return same;
    }

    private static bool IsAmong(IEnumerable<Parameter> parameters, Parameter parameter) => parameters.Any(p => AreSame(p, parameter));

    private static IEnumerable<Parameter> JointParameters(ModelLayer layer) => new[] { layer.Rule.Weight, layer.WithBias?.Bias }.OfType<Parameter>();

    private bool Take(Parameter parameter)
    {
        var isFree = !IsAmong(_taken, parameter);
        if (isFree)
        {
            _taken.Add(parameter);
        }

        return isFree;
    }

    /// <summary>Dense layers whose weight and bias were both claimed, as one each, and the rest one by one.</summary>
    private IEnumerable<ModelParameter> Joined(List<(string Name, Parameter Parameter)> claimed)
    {
        string? NameOf(Parameter? parameter) => parameter is null ? null : claimed.Find(c => AreSame(c.Parameter, parameter)).Name;

        var pairs = _all.Where(l => l.Rule is LinearRule).Select(l => (Weight: NameOf(l.Rule.Weight), Bias: NameOf(l.WithBias?.Bias)))
            .Where(p => p.Weight is not null && p.Bias is not null).ToDictionary(p => p.Weight!, p => p.Bias!);
        foreach (var (name, _) in claimed.Where(c => !pairs.ContainsValue(c.Name)))
        {
            yield return pairs.TryGetValue(name, out var bias) ? new ModelParameter(name, () => (Find(name), Find(bias))) : One(name);
        }
    }

    private ModelParameter One(string name) => new(name, () => (Find(name), null));

    private Parameter Find(string name) => _model.named_parameters().First(p => p.name == name).parameter;
}
