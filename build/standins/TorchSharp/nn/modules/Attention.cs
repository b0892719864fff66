using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>
/// Multi-head attention over named parameters: shared by MultiheadAttention and the encoder layers, which have no
/// submodules of their own, only parameters with dotted names. Shapes: queries [L, N, E], keys and values [S, N, E].
/// </summary>
internal sealed record Attention(long Width, long Heads, double Dropout, bool ZeroAttention, bool Bias, bool BiasKV, long KeyWidth, long ValueWidth)
{
    private bool OneProjection => KeyWidth == Width && ValueWidth == Width;

    /// <summary>New parameters in the order of registration, drawn as libtorch draws them.</summary>
    internal List<(string Name, Parameter Value)> Make()
    {
        var made = new List<(string Name, Parameter Value)>();
        void Add(string name, params long[] shape) => made.Add((name, (Parameter)Parameter(empty(shape)).DetachFromDisposeScope()));

        if (OneProjection) Add("in_proj_weight", 3 * Width, Width);
        else
        {
            Add("q_proj_weight", Width, Width);
            Add("k_proj_weight", Width, KeyWidth);
            Add("v_proj_weight", Width, ValueWidth);
        }
        if (Bias) Add("in_proj_bias", 3 * Width);
        if (BiasKV)
        {
            Add("bias_k", 1, 1, Width);
            Add("bias_v", 1, 1, Width);
        }
        Add("out_proj.weight", Width, Width);
        if (Bias) Add("out_proj.bias", Width);

        Parameter P(string name) => made.Single(p => p.Name == name).Value;
        Draw.Linear(P("out_proj.weight"), Bias ? P("out_proj.bias") : null);
        foreach (var name in OneProjection ? new[] { "in_proj_weight" } : ["q_proj_weight", "k_proj_weight", "v_proj_weight"]) init.xavier_uniform_(P(name));
        foreach (var name in Bias ? new[] { "in_proj_bias", "out_proj.bias" } : []) init.zeros_(P(name));
        foreach (var name in BiasKV ? new[] { "bias_k", "bias_v" } : []) Draw.XavierNormal(P(name));
        return made;
    }

    /// <summary>The result, and the attention averaged over the heads [N, L, S] if wanted. The caller owns the scope.</summary>
    internal (Tensor Output, Tensor? Weights) Apply(Func<string, Parameter> p, Tensor query, Tensor key, Tensor value, Tensor? keyPadding, Tensor? mask, bool wantWeights, bool training)
    {
        if (!key.shape.AsSpan().SequenceEqual(value.shape))
            throw new System.Runtime.InteropServices.ExternalException($"Attention expects keys and values of one shape, but they are [{string.Join(", ", key.shape)}] and [{string.Join(", ", value.shape)}].");
        var (length, batch) = (query.shape[0], query.shape[1]);
        var width = Width / Heads;
        var (q, k, v) = Project(p, query, key, value);
        q = q.mul(Math.Pow(width, -0.5));

        if (BiasKV)
        {
            k = cat([k, p("bias_k").repeat(1, batch, 1)], 0);
            v = cat([v, p("bias_v").repeat(1, batch, 1)], 0);
            (mask, keyPadding) = (OneMore(mask), OneMore(keyPadding));
        }

        Tensor PerHead(Tensor x) => x.contiguous().view(-1, batch * Heads, width).transpose(0, 1);
        (q, k, v) = (PerHead(q), PerHead(k), PerHead(v));
        if (ZeroAttention)
        {
            k = cat([k, k.new_zeros([k.shape[0], 1, width])], 1);
            v = cat([v, v.new_zeros([v.shape[0], 1, width])], 1);
            (mask, keyPadding) = (OneMore(mask), OneMore(keyPadding));
        }

        var sources = k.shape[1];
        var scores = q.bmm(k.transpose(1, 2));
        if (mask is not null) scores = scores.add(mask.dim() == 2 ? mask.unsqueeze(0) : mask);
        if (keyPadding is not null)
            scores = scores.view(batch, Heads, length, sources)
                .masked_fill(keyPadding.unsqueeze(1).unsqueeze(2), double.NegativeInfinity)
                .view(batch * Heads, length, sources);

        var weights = functional.dropout(functional.softmax(scores, -1), Dropout, training);
        var output = functional.linear(
            weights.bmm(v).transpose(0, 1).contiguous().view(length, batch, Width),
            p("out_proj.weight"), Bias ? p("out_proj.bias") : null);
        return (output, wantWeights ? weights.view(batch, Heads, length, sources).sum(dim: 1L).div(Heads) : null);
    }

    private (Tensor, Tensor, Tensor) Project(Func<string, Parameter> p, Tensor query, Tensor key, Tensor value)
    {
        var bias = Bias ? p("in_proj_bias") : null;
        if (OneProjection && ReferenceEquals(query, key) && ReferenceEquals(key, value))
        {
            var parts = functional.linear(query, p("in_proj_weight"), bias).chunk(3, -1);
            return (parts[0], parts[1], parts[2]);
        }
        Tensor Part(Tensor x, int i, string own) => functional.linear(x,
            OneProjection ? p("in_proj_weight").narrow(0, i * Width, Width) : p(own),
            bias?.narrow(0, i * Width, Width));
        return (Part(query, 0, "q_proj_weight"), Part(key, 1, "k_proj_weight"), Part(value, 2, "v_proj_weight"));
    }

    // One more source position, which everybody sees.
    private static Tensor? OneMore(Tensor? mask) => mask is null ? null : functional.pad(mask, [0L, 1L]);

    /// <summary>Draws for parameters as libtorch's own layers make them.</summary>
    internal static class Draw
    {
        internal static void Linear(Tensor weight, Tensor? bias)
        {
            init.kaiming_uniform_(weight, Math.Sqrt(5));
            if (bias is null) return;
            var bound = 1 / Math.Sqrt(weight.shape[1]);
            init.uniform_(bias, -bound, bound);
        }

        internal static void XavierNormal(Tensor tensor)
        {
            var (fanIn, fanOut) = init.CalculateFanInAndFanOut(tensor);
            init.normal_(tensor, 0, Math.Sqrt(2.0 / (fanIn + fanOut)));
        }
    }
}
