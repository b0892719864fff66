using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>One encoder layer, normalised after each half, over named parameters.</summary>
internal sealed record EncoderBlock(long Width, long Heads, long Hidden, double Dropout, Activations Activation)
{
    private Attention Attention => new(Width, Heads, Dropout, false, true, false, Width, Width);

    /// <summary>New parameters in the order of registration, drawn as libtorch draws them: twice, the second time stays.</summary>
    internal List<(string Name, Parameter Value)> Make()
    {
        var made = Attention.Make().Select(p => ($"self_attn.{p.Name}", p.Value)).ToList();
        void Add(string name, params long[] shape) => made.Add((name, (Parameter)Parameter(empty(shape)).DetachFromDisposeScope()));
        Add("linear1.weight", Hidden, Width);
        Add("linear1.bias", Hidden);
        Add("linear2.weight", Width, Hidden);
        Add("linear2.bias", Width);
        foreach (var norm in new[] { "norm1", "norm2" })
        {
            Add($"{norm}.weight", Width);
            Add($"{norm}.bias", Width);
        }
        Parameter P(string name) => made.Single(p => p.Item1 == name).Item2;
        DrawLinears(P);
        Reset(P);
        return made;
    }

    /// <summary>Draws all but the attention's output weight again.</summary>
    internal void Reset(Func<string, Parameter> p)
    {
        Attention.Reset(name => p($"self_attn.{name}"));
        DrawLinears(p);
        foreach (var norm in new[] { "norm1", "norm2" })
        {
            init.ones_(p($"{norm}.weight"));
            init.zeros_(p($"{norm}.bias"));
        }
    }

    /// <summary>
    /// A copy. Random numbers are used up as by libtorch, which makes a new layer and new parts of it, to overwrite them.
    /// </summary>
    internal List<(string Name, Parameter Value)> Clone(Func<string, Parameter> p)
    {
        var copy = Make();
        Parameter P(string name) => copy.Single(c => c.Name == name).Value;
        Attention.Make().ForEach(part => part.Value.Dispose());
        Attention.Draw.Linear(P("self_attn.out_proj.weight"), P("self_attn.out_proj.bias"));
        DrawLinears(P);
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

    private static void DrawLinears(Func<string, Parameter> p)
    {
        Attention.Draw.Linear(p("linear1.weight"), p("linear1.bias"));
        Attention.Draw.Linear(p("linear2.weight"), p("linear2.bias"));
    }
}
