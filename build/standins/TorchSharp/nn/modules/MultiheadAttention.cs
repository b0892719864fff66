using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules
{
    public sealed class MultiheadAttention : Module<Tensor, Tensor, Tensor, Tensor?, bool, Tensor?, Tuple<Tensor, Tensor>>
    {
        private readonly Attention _attention;

        internal MultiheadAttention(Attention attention) : base("torch::nn::MultiheadAttention")
        {
            _attention = attention;
            foreach (var (name, value) in attention.Make()) register_parameter(name, value);
        }

        public override Tuple<Tensor, Tensor> forward(Tensor query, Tensor key, Tensor value, Tensor? key_padding_mask, bool need_weights, Tensor? attn_mask)
        {
            using var scope = NewDisposeScope();
            var (output, weights) = _attention.Apply(name => _internal_params[name], query, key, value, key_padding_mask, attn_mask, need_weights, training);
            if (weights is null) (weights = empty(0)).Dispose();
            else weights.MoveToOuterDisposeScope();
            return Tuple.Create(output.MoveToOuterDisposeScope(), weights);
        }

        public new Tuple<Tensor, Tensor> call(Tensor query, Tensor key, Tensor value, Tensor? key_padding_mask = null, bool need_weights = true, Tensor? attn_mask = null)
            => base.call(query, key, value, key_padding_mask, need_weights, attn_mask);

        internal override bool KeepsParameters => true;
    }
}

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class nn
        {
            public static MultiheadAttention MultiheadAttention(long embedded_dim, long num_heads, double dropout = 0.0, bool bias = true, bool add_bias_kv = false, bool add_zero_attn = false, long? kdim = null, long? vdim = null)
                => new(new Attention(embedded_dim, num_heads, dropout, add_zero_attn, bias, add_bias_kv, kdim ?? embedded_dim, vdim ?? embedded_dim));
        }
    }
}
