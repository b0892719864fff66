namespace TorchSharp;

public static partial class torch
{
    // Gradients.
    public partial class Tensor
    {
        public bool requires_grad
        {
            get => Flag(1);
            set
            {
                int code = Native.ts_requires_grad(Handle, Native.Flag(value));
                GC.KeepAlive(this);
                Native.Check(code);
            }
        }

        public bool is_leaf => Flag(2);

        public Tensor requires_grad_(bool requires_grad = true)
        {
            if (requires_grad || this.requires_grad)
                this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        /// <summary>A new object at every call, on the same memory; null before the first backward pass.</summary>
        public Tensor? grad
        {
            get
            {
                int code = Native.ts_grad(Handle, out nint result);
                GC.KeepAlive(this);
                Native.Check(code);
                return result == 0 ? null : new Tensor(result);
            }
            set
            {
                int code = Native.ts_set_grad(Handle, value is null ? 0 : value.Handle);
                GC.KeepAlive(this);
                GC.KeepAlive(value);
                Native.Check(code);
            }
        }

        public void retain_grad()
        {
            int code = Native.ts_retain_grad(Handle);
            GC.KeepAlive(this);
            Native.Check(code);
        }

        public void backward() => autograd.backward([this]);

        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null)
            => autograd.backward([this], grad_tensors, retain_graph, create_graph, inputs);

        /// <summary>A second handle on the same native tensor, to be disposed on its own.</summary>
        public Tensor alias()
        {
            int code = Native.ts_alias(Handle, out nint result);
            GC.KeepAlive(this);
            Native.Check(code);
            return new Tensor(result);
        }
    }
}
