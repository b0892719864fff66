using System.Text.Json;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Microsoft.ML.SecondOrder.Goldens;

/// <summary>A sequential network from a list of layers with their weights, named by their place in the list.</summary>
internal sealed class ListedNetwork : nn.Module<Tensor, Tensor>
{
    private readonly List<(string Name, nn.Module<Tensor, Tensor>? Layer, Func<Tensor, Tensor> Call)> _steps = [];

    public ListedNetwork(JsonElement layers)
        : this()
    {
        foreach (var layer in layers.EnumerateArray())
        {
            Add(layer.Text("type"), layer);
        }
    }

    private ListedNetwork()
        : base("listed")
    {
    }

    /// <summary>The networks that have names in place of a list: a shared or convolutional layer, a mean, a dense layer.</summary>
    public static ListedNetwork Named(JsonElement inputs)
    {
        var network = new ListedNetwork();
        if (inputs.Find("conv") is { } convolution)
        {
            network.Add("conv2d", convolution);
            network._steps.Add((string.Empty, null, x => x.relu().mean(new long[] { 2, 3 })));
            network.Add("linear", inputs.GetProperty("linear"));
            return network;
        }

        var first = inputs.GetProperty("l1");
        network.Add("linear", first);
        if (first.ValueKind == JsonValueKind.Object)
        {
            network.Add("tanh", first);
        }

        if (first.ValueKind == JsonValueKind.Object)
        {
            network._steps.Add((string.Empty, null, x => x.mean(new long[] { 1 })));
        }

        network.Add("linear", inputs.GetProperty("l2"));
        if (first.ValueKind != JsonValueKind.Object)
        {
            network._steps.Add((string.Empty, null, x => x.sum(1L))); // both layers are shared
        }

        return network;
    }

    /// <summary>The columns of a root of the Hessian of each row's loss.</summary>
    public static IEnumerable<Tensor> Roots(Tensor outputs, bool isClasses) =>
        (isClasses ? (Likelihood)new CategoricalLikelihood() : new GaussianLikelihood()).HessianRoots(outputs);

    /// <summary>What each layer sees when vectors are propagated back from the outputs.</summary>
    public List<(string Name, LayerSample Sample)> Samples(Tensor x, WeightSharing sharing, Func<Tensor, IEnumerable<Tensor>> vectors)
    {
        var taps = _steps.Where(s => s.Layer is not null).Select(s => (s.Name, Tap: new LayerTap(LayerRule.For(s.Layer!)!, s.Layer!, sharing, LayerRule.For(s.Layer!)!.Bias is not null))).ToList();
        taps.ForEach(t => t.Tap.Arm(_ => true));
        var outputs = call(x);
        var to = taps.Select(t => t.Tap.Outputs.Single()).ToList();
        var arrived = vectors(outputs).Select(v => autograd.grad([outputs], to, [v], retain_graph: true, allow_unused: true)).ToList();
        using var gradMode = no_grad();
        var samples = taps.Select((t, i) => (t.Name, t.Tap.Probe([.. arrived.Select(a => (IReadOnlyList<Tensor?>)[a[i]])], keeps: false)!)).ToList();
        taps.ForEach(t => t.Tap.Dispose());
        return samples;
    }

    /// <summary>A = mean of aᵀa and G = Σ gᵀg / N for vectors of each row's own loss.</summary>
    public List<(string Name, (Tensor A, Tensor G) Factor)> Factors(Tensor x, WeightSharing sharing, Func<Tensor, IEnumerable<Tensor>> vectors)
    {
        var factors = new List<(string, (Tensor, Tensor))>();
        foreach (var (name, sample) in Samples(x, sharing, o => vectors(o).Select(v => v.div(o.shape[0]))))
        {
            var shape = new LayerShape(name, sample.OutputGradients.shape[1], sample.Inputs.shape[1], true, float64, CPU);
            using var observation = new KroneckerObservation(shape, float64);
            observation.AddInputs(sample);
            observation.AddOutputs(sample);
            factors.Add((name, (observation.InputFactor(), observation.OutputFactor(LossAverage.Batch, 1))));
        }

        return factors;
    }

    public override Tensor forward(Tensor input) => _steps.Aggregate(input, (x, step) => step.Call(x));

    private void Add(string type, JsonElement values)
    {
        var name = _steps.Count.ToString(System.Globalization.CultureInfo.InvariantCulture);
        switch (type)
        {
            case "linear":
                var isBare = values.ValueKind == JsonValueKind.Array;
                var weight = isBare ? values.Numbers() : values.Numbers("weight");
                var linear = nn.Linear(weight.shape[1], weight.shape[0], hasBias: !isBare && values.Find("bias") is not null, dtype: float64);
                Layer(name, linear, linear.weight, linear.bias, weight, values);
                break;
            case "conv2d":
                var kernel = values.Numbers("weight");
                var groups = values.Find("groups")?.GetInt64() ?? 1;
                var convolution = nn.Conv2d(
                    kernel.shape[1] * groups, kernel.shape[0], (kernel.shape[2], kernel.shape[3]), Pair(values, "stride", 1), Pair(values, "padding", 0), Pair(values, "dilation", 1),
                    groups: groups, bias: values.Find("bias") is not null, dtype: float64);
                Layer(name, convolution, convolution.weight, convolution.bias, kernel, values);
                break;
            default:
                _steps.Add((name, null, type switch
                {
                    "tanh" => x => x.tanh(),
                    "relu" => x => x.relu(),
                    "identity" => x => x,
                    "flatten" => x => x.flatten(1),
                    _ => throw new SkipException($"the layer '{type}' is not built yet"),
                }));
                break;
        }
    }

    private static (long, long) Pair(JsonElement values, string name, long fallback) =>
        values.Find(name) is null ? (fallback, fallback) : (values.Sizes(name)[0], values.Sizes(name)[1]);

    private void Layer(string name, nn.Module<Tensor, Tensor> layer, Parameter weight, Parameter? bias, Tensor weightValues, JsonElement values)
    {
        using var gradMode = no_grad();
        weight.copy_(weightValues);
        bias?.copy_(values.Numbers("bias"));
        register_module("layer" + name, layer);
        _steps.Add((name, layer, layer.call));
    }
}
