using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        // What the layers' weight, bias and running statistics do when set: the old tensor goes, the new one
        // leaves its dispose scope and is registered under the name.
        public partial class Module
        {
            internal void SetRequired(ref Parameter? slot, string name, Parameter value)
            {
                if (value is null) throw new ArgumentNullException(name);
                if (slot is not null && value.Handle == slot.Handle) return;
                SetOptional(ref slot, name, value);
            }

            internal void SetOptional(ref Parameter? slot, string name, Parameter? value)
            {
                slot?.Dispose();
                slot = value?.DetachFromDisposeScope() as Parameter;
                ConditionallyRegisterParameter(name, slot);
            }

            internal void SetBuffer(ref Tensor? slot, string name, Tensor? value)
            {
                slot?.Dispose();
                slot = value?.DetachFromDisposeScope();
                ConditionallyRegisterBuffer(name, slot);
            }
        }
    }
}
