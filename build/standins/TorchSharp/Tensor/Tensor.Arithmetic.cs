using static TorchSharp.Aten;
namespace TorchSharp;
public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Op addTensor = Op.Get("aten::add", "Tensor");
        public Tensor add(Tensor target) => addTensor.Call(this, target);
        public Tensor sub(Tensor target) => Call("sub.Tensor", this, target);
        public Tensor add_(Tensor target) => InPlace("add_.Tensor", this, target);
        public bool Equals(Tensor target) => Op.Of("equal").CallBool(this, target);
    }
    public static Tensor ones(params long[] size) => Call("ones", size);
}
