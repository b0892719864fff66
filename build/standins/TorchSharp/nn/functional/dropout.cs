#nullable disable
namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false)
            {
                if (inplace) return Aten.InPlace("dropout_", input, p, training).alias();
                return Aten.Call("dropout", input, p, training);
            }

            public static Tensor one_hot(Tensor x, long num_classes = -1)
            {
                if (x.dtype != ScalarType.Int64) throw new ArgumentException("OneHot input tensor must have elements of type Int64");
                return Aten.Call("one_hot", x, num_classes);
            }
        }
    }
}
