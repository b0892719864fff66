using static TorchSharp.Aten;

namespace TorchSharp;

public static partial class torch
{
    // Copies on another device or of another type.
    public partial class Tensor
    {
        /// <summary>A new handle on the same memory where nothing changes, unless a copy is wanted.</summary>
        private Tensor To(ScalarType? type, Device? device, bool copy, bool non_blocking, bool disposeAfter)
        {
            var result = Call("to.dtype_layout", this, type, default, device, default, non_blocking, copy);
            if (disposeAfter)
                Dispose();
            return result;
        }

        public Tensor clone() => Call("clone", this);
        public Tensor contiguous() => Call("contiguous", this);
        public Tensor copy_(Tensor source, bool nonBlocking = false) => InPlace("copy_", this, source, nonBlocking);
        public Tensor cpu() => To(default, CPU, false, false, false);
        public Tensor cuda(Device? device = null, bool non_blocking = false) => To(default, device is null ? CUDA : device.type == DeviceType.CUDA ? InitializeDevice(device) : throw new ArgumentException($"'{device}' is not a CUDA device.", nameof(device)), false, non_blocking, false);
        public Tensor to_type(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => To(type, null, copy, non_blocking, disposeAfter);
        public Tensor type_as(Tensor tensor) => to_type(tensor.dtype);
        public Tensor to(DeviceType deviceType, int deviceIndex = -1, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => To(default, torch.device(deviceType, deviceIndex), copy, non_blocking, disposeAfter);
        public Tensor to(ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => To(type, InitializeDevice(device), copy, non_blocking, disposeAfter);
        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => To(type, null, copy, non_blocking, disposeAfter);
        public Tensor to(string device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => To(default, torch.device(device), copy, non_blocking, disposeAfter);
        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => To(default, InitializeDevice(device), copy, non_blocking, disposeAfter);
        public Tensor to(Tensor other, bool non_blocking = false) => To(other.dtype, other.device, false, non_blocking, false);
        public Tensor type(ScalarType dtype) => to_type(dtype);
        public Tensor type(Func<Tensor, Tensor> typeFunc) => typeFunc(this);
        public Tensor @bool() => to_type(ScalarType.Bool);
        public Tensor @byte() => to_type(ScalarType.Byte);
        public Tensor @char() => to_type(ScalarType.Int8);
        public Tensor @short() => to_type(ScalarType.Int16);
        public Tensor @int() => to_type(ScalarType.Int32);
        public Tensor @long() => to_type(ScalarType.Int64);
        public Tensor half() => to_type(ScalarType.Float16);
        public Tensor bfloat16() => to_type(ScalarType.BFloat16);
        public Tensor @float() => to_type(ScalarType.Float32);
        public Tensor @double() => to_type(ScalarType.Float64);
        public Tensor cfloat() => to_type(ScalarType.ComplexFloat32);
        public Tensor cdouble() => to_type(ScalarType.ComplexFloat64);
        public Tensor to_dense() => Call("to_dense", this);
        public Tensor pin_memory() => Call("pin_memory", this);
        public bool is_pinned() => Op.Of("is_pinned").CallBool(this);
        public Tensor set_(Tensor source) => InPlace("set_.source_Tensor", this, source);
        public Tensor detach() => Call("detach", this);
        public Tensor detach_() => InPlace("detach_", this);
    }
}
