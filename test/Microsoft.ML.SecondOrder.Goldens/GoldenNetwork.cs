using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Microsoft.ML.SecondOrder.Goldens;

/// <summary>A network built from the list of operations in a problem file, under the names in the file.</summary>
internal sealed class GoldenNetwork : nn.Module<Tensor, Tensor>
{
    private readonly List<Func<Tensor, Tensor>> _steps = [];

    public GoldenNetwork(JsonElement operations)
        : base("golden")
    {
        foreach (var operation in operations.EnumerateArray())
        {
            Add(operation);
        }
    }

    /// <summary>The network of a problem with its initial weights.</summary>
    public static GoldenNetwork FromProblem(GoldenFile problem, ScalarType type)
    {
        var network = new GoldenNetwork(problem.Root.GetProperty("model"));
        network.to(type);
        using var gradMode = no_grad();
        var parameters = network.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        var initial = problem.Root.GetProperty("init").EnumerateObject().ToList();
        if (initial.Count != parameters.Count)
        {
            throw new FormatException($"The file has {initial.Count} parameters, the network {parameters.Count}.");
        }

        foreach (var entry in initial)
        {
            parameters[entry.Name].copy_(entry.Value.ToTensor(type));
        }

        return network;
    }

    /// <summary>The loss of a problem.</summary>
    public static Tensor Loss(GoldenFile problem, Tensor outputs, Tensor targets)
    {
        var loss = problem.Root.GetProperty("loss");
        var reduction = loss.Text("reduction") == "sum" ? nn.Reduction.Sum : nn.Reduction.Mean;
        return loss.Text("type") switch
        {
            "mse" => F.mse_loss(outputs, targets, reduction),
            "halfmse_batch" => outputs.sub(targets).square().sum().mul(0.5 / outputs.shape[0]),
            "ce" => F.cross_entropy(outputs, targets, reduction: reduction),
            "ce_tokens" => F.cross_entropy(outputs.reshape(-1, outputs.shape[^1]), targets.reshape(-1), reduction: reduction),
            var other => throw new SkipException($"the loss '{other}' is not built yet"),
        };
    }

    public override Tensor forward(Tensor input)
    {
        foreach (var step in _steps)
        {
            input = step(input);
        }

        return input;
    }

    private void Add(JsonElement o)
    {
        switch (o.Text("op"))
        {
            case "linear":
                Layer(o, nn.Linear(o.Integer("in"), o.Integer("out"), o.Flag("bias")));
                break;
            case "conv2d":
                Layer(o, Convolution(o));
                break;
            case "layernorm":
                Layer(o, nn.LayerNorm(new long[] { o.Integer("dim") }));
                break;
            case "attention":
                Layer(o, new GoldenAttention(o.Integer("dim"), o.Integer("heads"), o.Flag("bias")));
                break;
            case "residual":
                Layer(o, new GoldenResidual(o.GetProperty("ops")));
                break;
            case "tanh":
                _steps.Add(x => x.tanh());
                break;
            case "relu":
                _steps.Add(x => x.relu());
                break;
            case "sigmoid":
                _steps.Add(x => x.sigmoid());
                break;
            case "gelu":
                _steps.Add(x => F.gelu(x));
                break;
            case "flatten":
                var (start, end) = (o.Integer("start"), o.Integer("end"));
                _steps.Add(x => x.flatten(start, end));
                break;
            case "mean":
                var dims = o.Sizes("dim");
                _steps.Add(x => x.mean(dims));
                break;
            case "nchw_to_seq":
                _steps.Add(x => x.flatten(2).transpose(1, 2));
                break;
            case var other:
                throw new SkipException($"the operation '{other}' is not built yet");
        }
    }

    private void Layer(JsonElement operation, nn.Module<Tensor, Tensor> module)
    {
        register_module(operation.Text("name"), module);
        _steps.Add(x => module.call(x));
    }

    private static nn.Module<Tensor, Tensor> Convolution(JsonElement o)
    {
        static (long, long) Pair(long[] sizes) => (sizes[0], sizes[1]);

        var (inputs, outputs, bias, groups) = (o.Integer("in"), o.Integer("out"), o.Flag("bias"), o.Integer("groups"));
        var (kernel, stride, dilation) = (Pair(o.Sizes("kernel")), Pair(o.Sizes("stride")), Pair(o.Sizes("dilation")));
        return o.GetProperty("padding").ValueKind == JsonValueKind.String
            ? nn.Conv2d(inputs, outputs, kernel, TorchSharp.Padding.Same, stride, dilation, PaddingModes.Zeros, groups, bias)
            : nn.Conv2d(inputs, outputs, kernel, stride, Pair(o.Sizes("padding")), dilation, PaddingModes.Zeros, groups, bias);
    }
}

/// <summary>x + ops(x).</summary>
internal sealed class GoldenResidual : nn.Module<Tensor, Tensor>
{
    // A delegate, not a module: TorchSharp registers module fields once more, under the field's name.
    private readonly Func<Tensor, Tensor> _inner;

    public GoldenResidual(JsonElement operations)
        : base("residual")
    {
        var inner = new GoldenNetwork(operations);
        register_module("inner", inner);
        _inner = inner.call;
    }

    public override Tensor forward(Tensor input) => input.add(_inner(input));
}

/// <summary>softmax(q kᵀ / √(D/heads)) v on [B, S, D], from four dense layers.</summary>
internal sealed class GoldenAttention : nn.Module<Tensor, Tensor>
{
    private readonly Func<Tensor, Tensor> _q;
    private readonly Func<Tensor, Tensor> _k;
    private readonly Func<Tensor, Tensor> _v;
    private readonly Func<Tensor, Tensor> _projection;
    private readonly int _heads;

    public GoldenAttention(int dimension, int heads, bool bias)
        : base("attention")
    {
        _heads = heads;
        Func<Tensor, Tensor> Dense(string name)
        {
            var layer = nn.Linear(dimension, dimension, bias);
            register_module(name, layer);
            return layer.call;
        }

        _q = Dense("q");
        _k = Dense("k");
        _v = Dense("v");
        _projection = Dense("proj");
    }

    public override Tensor forward(Tensor input)
    {
        var (batch, length, dimension) = (input.shape[0], input.shape[1], input.shape[2]);
        Tensor Split(Tensor x) => x.reshape(batch, length, _heads, dimension / _heads).transpose(1, 2); // [B, heads, S, D/heads]

        var (q, k, v) = (Split(_q(input)), Split(_k(input)), Split(_v(input)));
        var scores = q.matmul(k.transpose(2, 3)).div(Math.Sqrt(dimension / (double)_heads)).softmax(3);
        return _projection(scores.matmul(v).transpose(1, 2).reshape(batch, length, dimension));
    }
}
