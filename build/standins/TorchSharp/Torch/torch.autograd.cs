namespace TorchSharp;

public static partial class torch
{
    public static partial class autograd
    {
        public static void backward(IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null)
        {
            nint[] roots = Handles(tensors), grads = Handles(grad_tensors), leaves = Handles(inputs);
            int code;
            unsafe
            {
                fixed (nint* r = roots, g = grads, l = leaves)
                    code = Native.ts_backward(r, roots.Length, g, grads.Length, Native.Flag(retain_graph ?? create_graph), Native.Flag(create_graph), l, leaves.Length);
            }
            GC.KeepAlive(tensors);
            GC.KeepAlive(grad_tensors);
            GC.KeepAlive(inputs);
            Native.Check(code);
        }

        public static void backward(Tensor tensor, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null)
            => backward([tensor], grad_tensors, retain_graph, create_graph, inputs);

        public static void backward(Tensor tensor, Tensor grad_tensor, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null)
            => backward([tensor], [grad_tensor], retain_graph, create_graph, inputs);

        /// <summary>Gradients of the outputs for the inputs; null for an input that was not used, where that is allowed.</summary>
        public static IList<Tensor> grad(IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null, bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            nint[] roots = Handles(outputs), leaves = Handles(inputs), grads = Handles(grad_outputs), results = new nint[leaves.Length];
            int code;
            unsafe
            {
                fixed (nint* r = roots, l = leaves, g = grads, to = results)
                    code = Native.ts_autograd_grad(r, roots.Length, l, leaves.Length, g, grads.Length,
                        Native.Flag(retain_graph), Native.Flag(create_graph), Native.Flag(allow_unused), to);
            }
            GC.KeepAlive(outputs);
            GC.KeepAlive(inputs);
            GC.KeepAlive(grad_outputs);
            Native.Check(code);
            return Array.ConvertAll(results, h => h == 0 ? null! : new Tensor(h)).ToList();
        }

        internal static nint[] Handles(IEnumerable<Tensor?>? tensors) => tensors is null ? [] : tensors.Select(t => t is null ? 0 : t.Handle).ToArray();
    }
}
