namespace TorchSharp;

public static partial class torch
{
    /// <summary>How a quotient is rounded; the names are libtorch's.</summary>
    public enum RoundingMode { None = 0, trunc = 1, floor = 2 }
}
