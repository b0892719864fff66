namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>softmax(Q Kᵀ / √E + mask) V. A row that sees nothing gives zero.</summary>
            public static Tensor scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask = null, double p = 0.0, bool is_casual = false)
            {
                if (p < 0) throw new ArgumentException("Dropout probability must be greater than or equal to zero.");
                if (is_casual && attn_mask is not null) throw new ArgumentException("Casual attention masking cannot pass a mask.");

                using var scope = NewDisposeScope();
                var scores = query.mul(1 / Math.Sqrt(query.shape[^1])).matmul(key.transpose(-2, -1));
                var allowed = is_casual ? Aten.Call("tril", Aten.Call("ones_like", scores, ScalarType.Bool))
                    : attn_mask?.dtype == ScalarType.Bool ? attn_mask : null;
                if (allowed is not null) scores = scores.masked_fill(allowed.logical_not(), double.NegativeInfinity);
                else if (attn_mask is not null) scores = scores.add(attn_mask);

                var weights = allowed is null && attn_mask is null ? softmax(scores, -1) : SafeSoftmax(scores);
                if (p > 0) weights = dropout(weights, p, true);
                return weights.matmul(value).MoveToOuterDisposeScope();
            }

            // Zero, and no gradient, for rows of nothing but minus infinity.
            private static Tensor SafeSoftmax(Tensor scores)
            {
                var blind = Aten.Call("all.dim", scores.eq(double.NegativeInfinity), -1, true);
                return softmax(scores.masked_fill(blind, 0.0), -1).masked_fill(blind, 0.0);
            }
        }
    }
}
