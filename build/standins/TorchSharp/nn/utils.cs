using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class utils
        {
            /// <summary>Scales all gradients down so that their common norm is at most max_norm; returns the norm before.</summary>
            public static double clip_grad_norm_(IEnumerable<Parameter> tensors, double max_norm, double norm_type = 2.0)
            {
                using var scope = NewDisposeScope();
                var grads = Gradients(tensors);
                if (grads.Count == 0) return 0.0;

                using var _ = no_grad();
                Tensor Norm(Tensor x) => Aten.Call("norm.Scalar", x, norm_type);
                var total = norm_type switch
                {
                    0 => full([], (double)grads.Count),
                    double.PositiveInfinity => stack(grads.Select(grad => grad.abs().max())).max(),
                    _ => grads.Count == 1 ? Norm(grads[0]) : Norm(stack(grads.Select(Norm)))
                };
                // As a tensor, in its own precision, like libtorch.
                var factor = Aten.Call("clamp_max", total.add(1e-6).reciprocal().mul(max_norm), 1.0);
                foreach (var grad in grads) grad.mul_(factor);
                return total.ToDouble();
            }

            public static void clip_grad_value_(IEnumerable<Parameter> tensors, double clip_value)
            {
                using var scope = NewDisposeScope();
                using var _ = no_grad();
                foreach (var grad in Gradients(tensors)) grad.clamp_(-clip_value, clip_value);
            }

            public static Tensor parameters_to_vector(IEnumerable<Parameter> tensors)
            {
                using var scope = NewDisposeScope();
                return cat(tensors.Select(tensor => tensor.view(-1)).ToList(), 0).MoveToOuterDisposeScope();
            }

            /// <summary>The parameters become views of the vector.</summary>
            public static void vector_to_parameters(Tensor vec, IEnumerable<Parameter> tensors)
            {
                using var scope = NewDisposeScope();
                long start = 0;
                foreach (var tensor in tensors)
                {
                    var length = tensor.numel();
                    var part = vec.narrow(0, start, length).view(tensor.shape);
                    using (no_grad()) Aten.InPlace("set_data", tensor, part);
                    start += length;
                }
            }

            private static List<Tensor> Gradients(IEnumerable<Parameter> tensors)
                => tensors.Select(tensor => tensor.grad).OfType<Tensor>().ToList();
        }
    }
}
