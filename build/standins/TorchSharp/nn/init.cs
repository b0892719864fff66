#nullable disable
namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Filling tensors in place, outside the graph. Generators are accepted and ignored, as in TorchSharp.</summary>
        public static class init
        {
            public enum NonlinearityType
            {
                Linear = 0,
                Conv1D = 1,
                Conv2D = 2,
                Conv3D = 3,
                ConvTranspose1D = 4,
                ConvTranspose2D = 5,
                ConvTranspose3D = 6,
                Sigmoid = 7,
                Tanh = 8,
                ReLU = 9,
                LeakyReLU = 10
            }

            public enum FanInOut
            {
                FanIn = 0,
                FanOut = 1
            }

            public static double calculate_gain(NonlinearityType nonlinearity, double param = 0.0) => nonlinearity switch
            {
                NonlinearityType.Tanh => 5.0 / 3.0,
                NonlinearityType.ReLU => Math.Sqrt(2.0),
                NonlinearityType.LeakyReLU => Math.Sqrt(2.0 / (1 + param * param)),
                _ => 1.0
            };

            public static Tensor ones_(Tensor tensor) => Fill(tensor, "fill_.Scalar", 1);
            public static Tensor zeros_(Tensor tensor) => Fill(tensor, "zero_");
            public static Tensor constant_(Tensor tensor, Scalar val) => Fill(tensor, "fill_.Scalar", val);
            public static Tensor uniform_(Tensor tensor, double low = 0, double high = 1, Generator generator = null) => Fill(tensor, "uniform_", low, high);
            public static Tensor normal_(Tensor tensor, double mean = 0, double std = 1, Generator generator = null) => Fill(tensor, "normal_", mean, std);

            public static Tensor kaiming_uniform_(Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn, NonlinearityType nonlinearity = NonlinearityType.LeakyReLU)
            {
                var bound = Math.Sqrt(3.0) * KaimingDeviation(tensor, a, mode, nonlinearity);
                return uniform_(tensor, -bound, bound);
            }

            public static Tensor kaiming_normal_(Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn, NonlinearityType nonlinearity = NonlinearityType.LeakyReLU)
                => normal_(tensor, 0, KaimingDeviation(tensor, a, mode, nonlinearity));

            public static Tensor xavier_uniform_(Tensor tensor, double gain = 1.0)
            {
                var (fanIn, fanOut) = Fans(tensor);
                var bound = gain * Math.Sqrt(6.0 / (fanIn + fanOut));
                return uniform_(tensor, -bound, bound);
            }

            // TorchSharp draws uniformly here too.
            public static Tensor xavier_normal_(Tensor tensor, double gain = 1.0) => xavier_uniform_(tensor, gain);

            public static Tensor glorot_uniform_(Tensor tensor, double gain = 1.0) => xavier_uniform_(tensor, gain);
            public static Tensor glorot_normal_(Tensor tensor, double gain = 1.0) => xavier_normal_(tensor, gain);

            /// <summary>Rows or columns, whichever are fewer, orthonormal times the gain.</summary>
            public static Tensor orthogonal_(Tensor tensor, double gain = 1.0)
            {
                if (tensor.dim() < 2) throw new System.Runtime.InteropServices.ExternalException("Only tensors with 2 or more dimensions are supported");
                using var grad = no_grad();
                using var scope = NewDisposeScope();
                var rows = tensor.shape[0];
                var columns = tensor.numel() / rows;
                var draw = Aten.Call("randn", new[] { rows, columns });
                if (rows < columns) draw = draw.t();
                var (q, r) = Aten.Pair("linalg_qr", draw);
                q = q.mul(Aten.Call("sign", Aten.Call("diag", r)));
                if (rows < columns) q = q.t();
                tensor.copy_(q.reshape(tensor.shape)).mul_(gain);
                return tensor;
            }

            public static (long fanIn, long fanOut) CalculateFanInAndFanOut(Tensor tensor)
            {
                var shape = tensor.shape;
                if (shape.Length < 2) throw new ArgumentException("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions");
                var receptiveField = shape.Skip(2).Aggregate(1L, (product, size) => product * size);
                return (shape[1] * receptiveField, shape[0] * receptiveField);
            }

            private static double KaimingDeviation(Tensor tensor, double a, FanInOut mode, NonlinearityType nonlinearity)
            {
                var (fanIn, fanOut) = Fans(tensor);
                return calculate_gain(nonlinearity, a) / Math.Sqrt(mode == FanInOut.FanIn ? fanIn : fanOut);
            }

            // libtorch's own error, where libtorch would look at the shape.
            private static (long fanIn, long fanOut) Fans(Tensor tensor) => tensor.dim() >= 2
                ? CalculateFanInAndFanOut(tensor)
                : throw new System.Runtime.InteropServices.ExternalException($"Fan in and fan out can not be computed for tensor with fewer than 2 dimensions; it has {tensor.dim()}.");

            private static Tensor Fill(Tensor tensor, string op, params ReadOnlySpan<Arg> args)
            {
                using var _ = no_grad();
                return Aten.InPlace(op, [tensor, .. args]);
            }
        }
    }
}
