#nullable disable
namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            public static Tensor relu(Tensor x, bool inplace = false) => Activate("relu", inplace, x);
            public static Tensor gelu(Tensor x, bool inplace) => Activate("gelu", inplace, x);
            public static Tensor gelu(Tensor x) => gelu(x, false);
            public static Tensor silu(Tensor x, bool inplace = false) => Activate("silu", inplace, x);
            public static Tensor tanh(Tensor x, bool inplace = false) => Activate("tanh", inplace, x);
            public static Tensor sigmoid(Tensor x, bool inplace) => Activate("sigmoid", inplace, x);
            public static Tensor sigmoid(Tensor x) => sigmoid(x, false);
            public static Tensor leaky_relu(Tensor input, double negative_slope = 0.01, bool inplace = false) => Activate("leaky_relu", inplace, input, negative_slope);
            public static Tensor elu(Tensor x, double alpha, bool inplace = false) => Activate("elu", inplace, x, alpha);

            // x * tanh(softplus(x)), in three steps as TorchSharp does it.
            public static Tensor mish(Tensor x, bool inplace = false)
            {
                using var soft = softplus(x);
                using var gate = soft.tanh();
                return inplace ? x.mul_(gate).alias() : x.mul(gate);
            }

            public static Tensor softplus(Tensor x, double beta = 1, double threshold = 20) => Aten.Call("softplus", x, beta, threshold);

            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => Aten.Call("softmax.int", input, dim, dtype);

            public static Tensor log_softmax(Tensor x, long dim) => Aten.Call("log_softmax.int", x, dim);

            // In place: the operator of the same name with an underscore, and a second handle on the input.
            private static Tensor Activate(string op, bool inplace, params ReadOnlySpan<Arg> args)
                => inplace ? Aten.InPlace(op + "_", args).alias() : Aten.Call(op, args);
        }
    }
}
