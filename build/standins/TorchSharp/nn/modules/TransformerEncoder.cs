#nullable disable
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules
{
    public sealed class TransformerEncoderLayer : Module<Tensor, Tensor>, IModule<Tensor, Tensor, Tensor>, IModule<Tensor, Tensor, Tensor, Tensor>
    {
        internal TransformerEncoderLayer(EncoderBlock block) : base("torch::nn::TransformerEncoderLayerImpl")
        {
            Block = block;
            foreach (var (name, value) in block.Make()) register_parameter(name, value);
        }

        internal EncoderBlock Block { get; }

        public Tensor call(Tensor src, Tensor src_mask, Tensor src_key_padding_mask)
            => Block.Apply(name => _internal_params[name], src, src_mask, src_key_padding_mask, training);

        public Tensor call(Tensor src, Tensor src_mask) => call(src, src_mask, null);

        public override Tensor forward(Tensor src) => call(src, null, null);

        internal override bool KeepsParameters => true;
    }

    /// <summary>Copies of one layer in a row.</summary>
    public sealed class TransformerEncoder : Module<Tensor, Tensor, Tensor, Tensor>, IModule<Tensor, Tensor, Tensor>, IModule<Tensor, Tensor>
    {
        private readonly EncoderBlock _block;
        private readonly long _layers;

        public enum Activations
        {
            ReLU = 0,
            GELU = 1
        }

        internal TransformerEncoder(TransformerEncoderLayer layer, long layers) : base("torch::nn::TransformerEncoderImpl")
        {
            (_block, _layers) = (layer.Block, layers);
            for (long i = 0; i < layers; i++)
                foreach (var (name, value) in _block.Copy(p => layer.get_parameter(p)))
                    register_parameter($"layers.{i}.{name}", value);
        }

        public override Tensor forward(Tensor src, Tensor src_mask, Tensor src_key_padding_mask)
        {
            var current = src.alias();
            for (long i = 0; i < _layers; i++)
            {
                var next = _block.Apply(Layer(i), current, src_mask, src_key_padding_mask, training);
                current.Dispose();
                current = next;
            }
            return current;
        }

        public Tensor call(Tensor src, Tensor src_mask) => base.call(src, src_mask, null);

        public Tensor call(Tensor src) => base.call(src, null, null);

        internal override bool KeepsParameters => true;

        private Func<string, Parameter> Layer(long i) => name => _internal_params[$"layers.{i}.{name}"];
    }
}

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class nn
        {
            public enum Activations
            {
                ReLU = 0,
                GELU = 1
            }

            public static TransformerEncoderLayer TransformerEncoderLayer(long d_model = 512, long nhead = 8, long dim_feedforward = 2048, double dropout = 0.1, Activations activation = Activations.ReLU)
                => new(new EncoderBlock(d_model, nhead, dim_feedforward, dropout, activation));

            public static TransformerEncoder TransformerEncoder(TransformerEncoderLayer encoder_layer, long num_layers) => new(encoder_layer, num_layers);
        }
    }
}
