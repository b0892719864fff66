using static TorchSharp.Aten;

namespace TorchSharp;

public static partial class torch
{
    // Shape, type and place.
    public unsafe partial class Tensor
    {
        private enum Info { Dimensions, Elements, Type, DeviceType, DeviceIndex, Layout, ElementSize, StorageOffset, Contiguous, Count }

        private long Get(Info what)
        {
            long* info = stackalloc long[(int)Info.Count];
            int code = Native.ts_info(Handle, info);
            GC.KeepAlive(this);
            Native.Check(code);
            return info[(int)what];
        }

        private bool Flag(int bit)
        {
            int code = Native.ts_flags(Handle, out int flags);
            GC.KeepAlive(this);
            Native.Check(code);
            return (flags & bit) != 0;
        }

        public long Dimensions => Get(Info.Dimensions);
        public long dim() => Dimensions;
        public long ndim => Dimensions;
        public long NumberOfElements => Get(Info.Elements);
        public long numel() => NumberOfElements;
        public long ElementSize => Get(Info.ElementSize);
        public long element_size() => ElementSize;
        public long storage_offset() => Get(Info.StorageOffset);
        public bool is_contiguous() => Get(Info.Contiguous) != 0;
        public ScalarType dtype => (ScalarType)Get(Info.Type);
        public DeviceType device_type => (DeviceType)Get(Info.DeviceType);
        public int device_index => (int)Get(Info.DeviceIndex);
        public Device device => device_type == DeviceType.CPU ? new Device(DeviceType.CPU) : new Device(device_type, device_index);
        public bool is_cuda => device_type == DeviceType.CUDA;
        public bool is_meta => device_type == DeviceType.META;
        public bool is_cpu() => device_type == DeviceType.CPU;
        public bool is_sparse => Get(Info.Layout) == 1;
        public bool is_integral() => torch.is_integral(dtype);
        public bool is_floating_point() => torch.is_floating_point(dtype);
        public bool is_complex() => torch.is_complex(dtype);
        public bool is_conj() => Op.Of("is_conj").CallBool(this);
        public bool is_neg() => Op.Of("is_neg").CallBool(this);

        public bool is_nonzero() => numel() == 1
            ? Op.Of("is_nonzero").CallBool(this)
            : throw new InvalidOperationException($"is_nonzero() needs a tensor with one element, this one has {numel()}.");

        public long[] shape => size();
        public long[] size() => Shape(false);
        public long size(int dim) => At(size(), dim);
        public long[] stride() => Shape(true);
        public long stride(int dim) => At(stride(), dim);

        private long[] Shape(bool strides)
        {
            var result = new long[Dimensions];
            fixed (long* to = result)
            {
                int code = Native.ts_shape(Handle, strides ? null : to, strides ? to : null);
                GC.KeepAlive(this);
                Native.Check(code);
            }
            return result;
        }

        private static long At(long[] values, int dim)
        {
            if (dim < -values.Length || dim >= values.Length)
                throw new System.Runtime.InteropServices.ExternalException($"Dimension out of range (expected to be in range of [{-values.Length}, {values.Length - 1}], but got {dim})");
            return values[dim < 0 ? dim + values.Length : dim];
        }

        public Tensor real => is_complex() ? Call("real", this) : alias();
        public Tensor imag => Call("imag", this);
        public Tensor T => permute([.. Enumerable.Range(0, (int)ndim).Reverse().Select(i => (long)i)]);
        public Tensor H => Call("matrix_H", this);
        public Tensor mT => Call("mT", this);
        public Tensor mH => Call("mH", this);
    }
}
