using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules
{
    /// <summary>A table of vectors, looked up by row number.</summary>
    public sealed class Embedding : Module<Tensor, Tensor>
    {
        private readonly long? _padding_idx;
        private readonly double? _max_norm;
        private readonly double _norm_type;
        private readonly bool _scale_grad_by_freq, _sparse;

        internal Embedding(Parameter weight, long? padding_idx, double? max_norm, double norm_type, bool scale_grad_by_freq, bool sparse) : base("torch::nn::EmbeddingImpl")
        {
            _padding_idx = padding_idx;
            _max_norm = max_norm;
            _norm_type = norm_type;
            _scale_grad_by_freq = scale_grad_by_freq;
            _sparse = sparse;
            ConditionallyRegisterParameter(nameof(weight), (Parameter)weight.DetachFromDisposeScope());
        }

        /// <summary>Another handle on the parameter at every reading, as in TorchSharp: the registered object is in parameters().</summary>
        public Parameter? weight
        {
            get
            {
                Native.Check(Native.ts_alias(Registered.Handle, out var handle));
                return new Parameter(handle);
            }
            set
            {
                if (value is null) throw new ArgumentNullException("weight cannot be set to 'null'");
                ConditionallyRegisterParameter(nameof(weight), value);
            }
        }

        public override Tensor forward(Tensor input)
        {
            if (_max_norm is { } most)
            {
                using var _ = no_grad();
                using var rows = input.contiguous();
                Aten.InPlace("embedding_renorm_", Registered, rows, most, _norm_type);
            }
            return Aten.Call("embedding", Registered, input, _padding_idx ?? -1, _scale_grad_by_freq, _sparse);
        }

        internal override bool KeepsParameters => true;

        private Parameter Registered => _internal_params[nameof(weight)];
    }
}

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>Rows from the normal distribution; the padding row is zero and gets no gradient.</summary>
            public static Embedding Embedding(long num_embeddings, long embedding_dims, long? padding_idx = null, double? max_norm = null, double norm_type = 2.0, bool scale_grad_by_freq = false, bool sparse = false, Device? device = null, ScalarType? dtype = null)
            {
                var row = PaddingRow(padding_idx, num_embeddings);
                var weight = Parameter(empty(num_embeddings, embedding_dims));
                init.normal_(weight);
                if (row is { } r)
                {
                    using var _ = no_grad();
                    using var padding = weight.select(0, r);
                    padding.fill_(0);
                }
                return Moved(new Embedding(weight, row, max_norm, norm_type, scale_grad_by_freq, sparse), device, dtype);
            }

            private static long? PaddingRow(long? padding_idx, long rows)
            {
                if (padding_idx is not { } row) return null;
                if (row >= rows || row < -rows)
                    throw new System.Runtime.InteropServices.ExternalException($"Padding_idx must be within num_embeddings: {row} is not within {rows} rows.");
                return row < 0 ? rows + row : row;
            }

            private static Embedding Moved(Embedding module, Device? device, ScalarType? dtype) => (device, dtype) switch
            {
                (null, null) => module,
                (null, { } type) => (Embedding)module._to(type, false),
                ({ } to, null) => (Embedding)module._to(to.type, to.index, false),
                ({ } to, { } type) => (Embedding)module._to(to, type, false)
            };
        }
    }
}
