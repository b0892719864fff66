namespace TorchSharp;

// The same as the methods of Tensor, with the tensor as first argument.
public static partial class torch
{
    public static Tensor clone(Tensor input) => input.clone();
}
