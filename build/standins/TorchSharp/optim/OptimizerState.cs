#nullable disable
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>What an optimizer remembers of one parameter.</summary>
public abstract class OptimizerState
{
    protected Parameter _parameter;

    protected OptimizerState(Parameter parameter) => _parameter = parameter;

    public abstract void Initialize(OptimizerOptions options);
    public abstract void SaveStateDict(BinaryWriter writer);
    public abstract void LoadStateDict(BinaryReader reader);
    public abstract void LoadStateDict(OptimizerState source);
    public virtual bool ApproximatelyEquals(OptimizerState other) => false;
    public virtual void to(Device device) { }

    protected static void SaveConditionalStateTensor(BinaryWriter writer, Tensor tensor)
    {
        writer.Write(tensor is not null);
        tensor?.Save(writer);
    }

    protected static void LoadConditionalStateTensor(BinaryReader reader, ref Tensor result, Device device)
    {
        if (reader.ReadBoolean())
        {
            TensorExtensionMethods.Load(ref result, reader);
            result = result.to(device, disposeAfter: true);
        }
        else
        {
            result?.Dispose();
            result = null;
        }
    }

    // State outlives the dispose scope that it is made in.
    internal static Tensor ZerosLike(Tensor tensor) => zeros_like(tensor).DetachFromDisposeScope();

    internal void Copy(ref Tensor slot, Tensor source)
    {
        slot?.Dispose();
        slot = source?.to(_parameter.device, copy: true).DetachFromDisposeScope();
    }

    internal static void Move(ref Tensor slot, Device device) => slot = slot?.to(device, disposeAfter: true).DetachFromDisposeScope();

    internal static bool Close(Tensor left, Tensor right) => left is null || left.allclose(right);
}
