using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Preconditioners;

/// <summary>A transformer's block for tests: normalisation, one head of attention and a residual connection, then a mean over the tokens and a dense layer.</summary>
internal sealed class AttentionBlock : nn.Module<Tensor, Tensor>
{
    private readonly Func<Tensor, Tensor> _norm;
    private readonly Func<Tensor, Tensor> _attention;
    private readonly Func<Tensor, Tensor> _projection;
    private readonly Func<Tensor, Tensor> _head;
    private readonly int _width;

    public AttentionBlock(int width, int outputs)
        : base("block")
    {
        _width = width;
        _norm = Add("norm", nn.LayerNorm(width));
        _attention = Add("attention", nn.Linear(width, 3 * width));
        _projection = Add("projection", nn.Linear(width, width));
        _head = Add("head", nn.Linear(width, outputs));
    }

    public override Tensor forward(Tensor input)
    {
        var parts = _attention(_norm(input)).chunk(3, 2); // each [B, S, D]
        var mixed = parts[0].bmm(parts[1].transpose(1, 2)).div(Math.Sqrt(_width)).softmax(2).bmm(parts[2]);
        return _head(input.add(_projection(mixed)).mean(new long[] { 1 }));
    }

    private Func<Tensor, Tensor> Add(string name, nn.Module<Tensor, Tensor> module)
    {
        register_module(name, module); // a delegate, not a field: TorchSharp registers module fields once more
        return module.call;
    }
}
