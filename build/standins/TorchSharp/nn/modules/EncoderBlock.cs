using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>One encoder layer, normalised after each half, over named parameters.</summary>
internal sealed record EncoderBlock(long Width, long Heads, long Hidden, double Dropout, Activations Activation)
{
    private Attention Attention => new(Width, Heads, Dropout, false, true, false, Width, Width);

    /// <summary>New parameters in the order of registration, drawn as libtorch draws them.</summary>
    internal List<(string Name, Parameter Value)> Make()
    {
        var made = Attention.Make().Select(p => ($"self_attn.{p.Name}", p.Value)).ToList();
        Parameter Add(string name, params long[] shape)
        {
            var value = (Parameter)Parameter(empty(shape)).DetachFromDisposeScope();
            made.Add((name, value));
            return value;
        }
        Attention.Draw.Linear(Add("linear1.weight", Hidden, Width), Add("linear1.bias", Hidden));
        Attention.Draw.Linear(Add("linear2.weight", Width, Hidden), Add("linear2.bias", Width));
        foreach (var norm in new[] { "norm1", "norm2" })
        {
            init.ones_(Add($"{norm}.weight", Width));
            init.zeros_(Add($"{norm}.bias", Width));
        }
        return made;
    }

    /// <summary>
    /// A copy. Random numbers are used up as by libtorch, which makes a new layer, and new parts of it, to overwrite them.
    /// </summary>
    internal List<(string Name, Parameter Value)> Copy(Func<string, Parameter> p)
    {
        var copy = Make();
        Parameter P(string name) => copy.Single(c => c.Name == name).Value;
        foreach (var (_, value) in Attention.Make()) value.Dispose();
        foreach (var part in new[] { "self_attn.out_proj", "linear1", "linear2" }) Attention.Draw.Linear(P($"{part}.weight"), P($"{part}.bias"));
        using (no_grad())
            foreach (var (name, value) in copy) value.copy_(p(name));
        return copy;
    }

    internal Tensor Apply(Func<string, Parameter> p, Tensor source, Tensor? mask, Tensor? padding, bool training)
    {
        using var scope = NewDisposeScope();
        Tensor Drop(Tensor x) => functional.dropout(x, Dropout, training);
        Tensor Linear(string name, Tensor x) => functional.linear(x, p($"{name}.weight"), p($"{name}.bias"));
        Tensor Norm(string name, Tensor x) => functional.layer_norm(x, [Width], p($"{name}.weight"), p($"{name}.bias"));

        var (attended, _) = Attention.Apply(name => p($"self_attn.{name}"), source, source, source, padding, mask, false, training);
        var first = Norm("norm1", source.add(Drop(attended)));
        var hidden = Linear("linear1", first);
        hidden = Drop(Activation == Activations.GELU ? functional.gelu(hidden) : functional.relu(hidden));
        return Norm("norm2", first.add(Drop(Linear("linear2", hidden)))).MoveToOuterDisposeScope();
    }
}
