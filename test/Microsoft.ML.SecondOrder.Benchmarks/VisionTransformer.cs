using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>A small vision transformer (Dosovitskiy et al., 2020, arXiv 2010.11929) on 28 x 28 pixels in 49 patches of 4 x 4, made of dense layers.</summary>
internal sealed class VisionTransformer : nn.Module<Tensor, Tensor>
{
    private const int Patch = 4;
    private const int Tokens = 49;
    private readonly Linear _embed;
    private readonly Parameter _position;
    private readonly ModuleList<EncoderLayer> _layers;
    private readonly LayerNorm _norm;
    private readonly Linear _head;

    public VisionTransformer(long width, int layers, int heads, long classes)
        : base(nameof(VisionTransformer))
    {
        _embed = nn.Linear(Patch * Patch, width);
        _position = new Parameter(randn(new[] { 1, Tokens, width }).mul(0.02));
        _layers = nn.ModuleList([.. Enumerable.Range(0, layers).Select(_ => new EncoderLayer(width, heads))]);
        _norm = nn.LayerNorm([width]);
        _head = nn.Linear(width, classes);
        RegisterComponents();
    }

    /// <param name="input">[B, 1, 28, 28]</param>
    /// <returns>[B, classes]</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var patches = input.reshape(-1, 7, Patch, 7, Patch).permute(0, 1, 3, 2, 4).reshape(-1, Tokens, Patch * Patch);
        var x = _embed.call(patches).add(_position);
        foreach (var layer in _layers)
        {
            x = layer.call(x);
        }

        return _head.call(_norm.call(x).mean(new long[] { 1 })).MoveToOuterDisposeScope();
    }

    /// <summary>Attention and a hidden layer of four times the width, each after a norm and beside a shortcut.</summary>
    private sealed class EncoderLayer : nn.Module<Tensor, Tensor>
    {
        private readonly int _heads;
        private readonly LayerNorm _norm1;
        private readonly Linear _query;
        private readonly Linear _key;
        private readonly Linear _value;
        private readonly Linear _mix;
        private readonly LayerNorm _norm2;
        private readonly Linear _hidden;
        private readonly Linear _output;

        public EncoderLayer(long width, int heads)
            : base(nameof(EncoderLayer))
        {
            _heads = heads;
            _norm1 = nn.LayerNorm([width]);
            (_query, _key, _value, _mix) = (nn.Linear(width, width), nn.Linear(width, width), nn.Linear(width, width), nn.Linear(width, width));
            _norm2 = nn.LayerNorm([width]);
            (_hidden, _output) = (nn.Linear(width, 4 * width), nn.Linear(4 * width, width));
            RegisterComponents();
        }

        /// <param name="x">[B, tokens, width]</param>
        public override Tensor forward(Tensor x)
        {
            using var scope = NewDisposeScope();
            var normed = _norm1.call(x);
            var (q, k, v) = (Split(_query.call(normed)), Split(_key.call(normed)), Split(_value.call(normed))); // [B, heads, tokens, width / heads]
            var weights = F.softmax(q.matmul(k.transpose(2, 3)).div(Math.Sqrt(q.shape[3])), 3);
            var mixed = weights.matmul(v).transpose(1, 2).reshape(x.shape);
            var attended = x.add(_mix.call(mixed));
            return attended.add(_output.call(F.gelu(_hidden.call(_norm2.call(attended))))).MoveToOuterDisposeScope();
        }

        private Tensor Split(Tensor x) => x.reshape(x.shape[0], x.shape[1], _heads, x.shape[2] / _heads).transpose(1, 2);
    }
}
