using System.Reflection;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        // Moving and converting. A parameter that changes is replaced by a new object; the old one is disposed.
        public partial class Module
        {
            // The layers that are native in TorchSharp keep their parameter objects: the data change instead.
            internal virtual bool KeepsParameters => false;

            protected internal virtual Module _to(Device device, ScalarType dtype, bool non_blocking)
            {
                RequireFloating(dtype);
                if (device.type != DeviceType.CUDA) device = new Device(device.type, -1);
                RequireDevice(device.type);
                if (KeepsParameters) return MoveInPlace(device, dtype);
                _toEpilog(device, dtype, non_blocking);
                return this;
            }

            protected internal virtual Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking)
            {
                if (deviceType != DeviceType.CUDA) deviceIndex = -1;
                RequireDevice(deviceType);
                if (deviceType == _deviceType && deviceIndex == _deviceIndex) return this;
                if (KeepsParameters) return MoveInPlace(new Device(deviceType, deviceIndex), null);
                _toEpilog(deviceType, deviceIndex, non_blocking);
                return this;
            }

            protected internal virtual Module _to(ScalarType dtype, bool non_blocking)
            {
                RequireFloating(dtype);
                if (KeepsParameters) return MoveInPlace(null, dtype);
                _toEpilog(dtype, non_blocking);
                return this;
            }

            public Module _to(Tensor other, bool non_blocking)
            {
                _to(other.dtype, non_blocking);
                return _to(other.device_type, other.device_index, non_blocking);
            }

            protected void _toEpilog(ScalarType dtype, bool non_blocking) => _toEpilog(dtype, null, non_blocking);

            protected void _toEpilog(Device device, ScalarType dtype, bool non_blocking) => _toEpilog(dtype, device, non_blocking);

            protected void _toEpilog(DeviceType deviceType, int deviceIndex, bool non_blocking)
                => _toEpilog(null, new Device(deviceType, deviceIndex), non_blocking);

            protected virtual void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
            {
                if (dtype is null && device is null) throw new ArgumentNullException($"{nameof(dtype)} and {nameof(device)} are both null,");

                foreach (var (_, child) in named_children())
                {
                    if (device is null) child._to(dtype!.Value, non_blocking);
                    else if (dtype is null) child._to(device.type, device.index, non_blocking);
                    else child._to(device, dtype.Value, non_blocking);
                }

                var fields = Fields(GetType()).ToDictionary(field => field.ComponentName());
                var properties = GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).ToDictionary(property => property.Name);

                foreach (var (name, parameter) in named_parameters(false).ToList())
                {
                    if (!ReplaceParameter(dtype, device, parameter, out var moved)) continue;
                    if (properties.TryGetValue(name, out var property))
                    {
                        property.SetValue(this, moved);
                        continue;
                    }
                    parameter.Dispose();
                    ConditionallyRegisterParameter(name, moved);
                    if (fields.TryGetValue(name, out var field)) field.SetValue(this, moved);
                }

                foreach (var (name, buffer) in named_buffers(false).ToList())
                {
                    if (!ReplaceBuffer(dtype, device, buffer, out var moved)) continue;
                    if (properties.TryGetValue(name, out var property))
                    {
                        property.SetValue(this, moved);
                        continue;
                    }
                    ConditionallyRegisterBuffer(name, moved);
                    if (fields.TryGetValue(name, out var field)) field.SetValue(this, moved);
                }

                if (device is null) return;
                _deviceType = device.type;
                _deviceIndex = device.index;
            }

            /// <summary>A copy of the buffer where and as what it is wanted, or false if it is so already. Integers stay integers.</summary>
            protected static bool ReplaceBuffer(ScalarType? dtype, Device? device, Tensor buffer, out Tensor? result)
            {
                result = null;
                if (!WillCopy(buffer, dtype, device)) return false;
                result = buffer.to(Wanted(buffer, dtype), device ?? buffer.device, disposeAfter: true).DetachFromDisposeScope();
                return true;
            }

            /// <summary>A new leaf, and its gradient, where and as what they are wanted, or false if they are so already.</summary>
            protected static bool ReplaceParameter(ScalarType? dtype, Device? device, Parameter param, out Parameter? p)
            {
                using var grad = param.grad;
                p = null;
                if (!WillCopy(param, dtype, device) && (grad is null || !WillCopy(grad, dtype, device))) return false;

                var (wantedType, wantedDevice) = (Wanted(param, dtype), device ?? param.device);
                using (no_grad())
                {
                    p = new Parameter(param.to(wantedType, wantedDevice), param.requires_grad);
                    _ = p.DetachFromDisposeScope();
                    if (grad is not null)
                    {
                        using var movedGrad = grad.to(wantedType, wantedDevice).with_requires_grad(grad.requires_grad);
                        p.grad = movedGrad;
                    }
                }
                return true;
            }

            private Module MoveInPlace(Device? device, ScalarType? dtype)
            {
                using (no_grad())
                    foreach (var (_, parameter) in named_parameters(false))
                    {
                        if (!WillCopy(parameter, dtype, device)) continue;
                        using var moved = parameter.to(Wanted(parameter, dtype), device ?? parameter.device);
                        Aten.InPlace("set_data", parameter, moved);
                    }
                if (device is not null) (_deviceType, _deviceIndex) = (device.type, device.index);
                return this;
            }

            private static bool WillCopy(Tensor tensor, ScalarType? dtype, Device? device)
                => dtype is not null && dtype != tensor.dtype
                    || device is not null && (device.type != tensor.device_type || device.index >= 0 && device.index != tensor.device_index && device.type != DeviceType.CPU);

            private static ScalarType Wanted(Tensor tensor, ScalarType? dtype)
                => dtype is not null && IsFloating(tensor.dtype) ? dtype.Value : tensor.dtype;

            private static void RequireFloating(ScalarType dtype)
            {
                if (!IsFloating(dtype))
                    throw new ArgumentException($"nn.Module.to only accepts floating point or complex types, but got desired dtype={dtype}");
            }

            private static bool IsFloating(ScalarType type) => type is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32
                or ScalarType.Float64 or ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64;

            private static void RequireDevice(DeviceType type)
            {
                if (type == DeviceType.CUDA && !cuda.is_available()) throw new InvalidOperationException("CUDA is not available.");
                InitializeDeviceType(type);
            }
        }
    }
}
