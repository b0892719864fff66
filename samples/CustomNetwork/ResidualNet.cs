using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CustomNetwork;

/// <summary>A network of your own, as TorchSharp knows it: h = tanh(W₁x), h ← h + tanh(W₂h), logits = W₃h.</summary>
internal sealed class ResidualNet : nn.Module<Tensor, Tensor>
{
    private readonly Linear first;
    private readonly Linear second;
    private readonly Linear last;

    public ResidualNet(int inputs, int width, int classes)
        : base(nameof(ResidualNet))
    {
        first = nn.Linear(inputs, width);
        second = nn.Linear(width, width);
        last = nn.Linear(width, classes);
        RegisterComponents();
    }

    /// <summary>Reach layers by call(), not forward(): the optimizer listens there.</summary>
    public override Tensor forward(Tensor input)
    {
        var hidden = first.call(input).tanh();
        hidden = hidden.add(second.call(hidden).tanh());
        return last.call(hidden);
    }
}
