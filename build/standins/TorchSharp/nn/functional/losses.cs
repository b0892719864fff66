namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            public static Tensor cross_entropy(Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100, Reduction reduction = Reduction.Mean, double label_smoothing = 0.0)
                => Aten.Call("cross_entropy_loss", input, target, weight, (long)reduction, ignore_index, label_smoothing);

            public static Tensor nll_loss(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean)
            {
                if (input.dim() < 2) throw Wrong("nll_loss", $"expects an input of 2 or more dimensions, but it has {input.dim()}");
                if (input.shape[0] != target.shape[0]) throw Wrong("nll_loss", $"expects as many targets as inputs, but there are {target.shape[0]} and {input.shape[0]}");
                return Aten.Call("nll_loss_nd", input, target, weight, (long)reduction);
            }

            public static Tensor binary_cross_entropy(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean)
            {
                SameShape("binary_cross_entropy", input, target);
                return Aten.Call("binary_cross_entropy", input, target, weight, (long)reduction);
            }

            public static Tensor binary_cross_entropy_with_logits(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean, Tensor? pos_weights = null)
            {
                SameShape("binary_cross_entropy_with_logits", input, target);
                return Aten.Call("binary_cross_entropy_with_logits", input, target, weight, pos_weights, (long)reduction);
            }

            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) => Elementwise("mse_loss", input, target, reduction);

            public static Tensor l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) => Elementwise("l1_loss", input, target, reduction);

            public static Tensor smooth_l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean, double beta = 1.0) => Elementwise("smooth_l1_loss", input, target, reduction, beta);

            public static Tensor huber_loss(Tensor input, Tensor target, double delta = 1.0, Reduction reduction = Reduction.Mean) => Elementwise("huber_loss", input, target, reduction, delta);

            private static Tensor Elementwise(string op, Tensor input, Tensor target, Reduction reduction, params ReadOnlySpan<Arg> more)
            {
                if (input.shape.AsSpan().SequenceEqual(target.shape)) return Aten.Call(op, [input, target, (long)reduction, .. more]);
                var (left, right) = Aten.Pair("broadcast_tensors", Arg.List([input, target]));
                using (left)
                using (right)
                    return Aten.Call(op, [left, right, (long)reduction, .. more]);
            }

            private static void SameShape(string op, Tensor input, Tensor target)
            {
                if (!input.shape.AsSpan().SequenceEqual(target.shape))
                    throw Wrong(op, $"expects a target of the shape of the input, [{string.Join(", ", input.shape)}], but it is [{string.Join(", ", target.shape)}]");
            }

            private static System.Runtime.InteropServices.ExternalException Wrong(string op, string what) => new($"{op} {what}.");
        }
    }
}
