using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Matrices;

/// <summary>
/// Arithmetic of tensors with numbers. TorchSharp turns a number into a <see cref="Scalar"/> with a finalizer and does not keep
/// it alive during the native call, so that a garbage collection on another thread may free it too early; a plain sum has such
/// a number too, its factor of 1. Here every scalar outlives its call. A test keeps the rest of the library to these methods.
/// </summary>
internal static class TensorArithmetic
{
    private static readonly Scalar _one = 1;
    private static readonly Scalar _zero = 0;
    private static readonly Scalar _minusOne = -1;

    /// <summary>a + b.</summary>
    public static Tensor Plus(this Tensor a, Tensor b) => a.add(b, _one);

    /// <summary>a + factor · b.</summary>
    public static Tensor Plus(this Tensor a, Tensor b, double factor)
    {
        using Scalar scalar = factor;
        return a.add(b, scalar);
    }

    /// <summary>a + number.</summary>
    public static Tensor Plus(this Tensor a, double number)
    {
        using Scalar scalar = number;
        return a.add(scalar, _one);
    }

    /// <summary>a − b.</summary>
    public static Tensor Minus(this Tensor a, Tensor b) => a.add(b, _minusOne);

    /// <summary>factor · a.</summary>
    public static Tensor Times(this Tensor a, double factor)
    {
        using Scalar scalar = factor;
        return a.mul(scalar);
    }

    /// <summary>a / divisor.</summary>
    public static Tensor Over(this Tensor a, double divisor)
    {
        using Scalar scalar = divisor;
        return a.div(scalar);
    }

    /// <summary>a to a power.</summary>
    public static Tensor Power(this Tensor a, double exponent)
    {
        using Scalar scalar = exponent;
        return a.pow(scalar);
    }

    /// <summary>max(a, bound); NaN stays NaN.</summary>
    public static Tensor AtLeast(this Tensor a, double bound)
    {
        using Scalar scalar = bound;
        return a.clamp_min(scalar);
    }

    /// <summary>min(a, bound); NaN stays NaN.</summary>
    public static Tensor AtMost(this Tensor a, double bound)
    {
        using Scalar scalar = bound;
        return a.clamp_max(scalar);
    }

    /// <summary>min(a, bound), which leaves whole numbers whole.</summary>
    public static Tensor AtMost(this Tensor a, long bound)
    {
        using Scalar scalar = bound;
        return a.clamp_max(scalar);
    }

    /// <summary>Where a ≤ bound.</summary>
    public static Tensor IsAtMost(this Tensor a, double bound)
    {
        using Scalar scalar = bound;
        return a.le(scalar);
    }

    /// <summary>Where a &gt; bound.</summary>
    public static Tensor IsAbove(this Tensor a, double bound)
    {
        using Scalar scalar = bound;
        return a.gt(scalar);
    }

    /// <summary>a ← a + b.</summary>
    public static void AddInPlace(this Tensor a, Tensor b) => a.add_(b, _one);

    /// <summary>a ← a + factor · b.</summary>
    public static void AddInPlace(this Tensor a, Tensor b, double factor)
    {
        using Scalar scalar = factor;
        a.add_(b, scalar);
    }

    /// <summary>a ← a + number.</summary>
    public static void AddInPlace(this Tensor a, double number)
    {
        using Scalar scalar = number;
        a.add_(scalar, _one);
    }

    /// <summary>a ← factor · a.</summary>
    public static void ScaleInPlace(this Tensor a, double factor)
    {
        using Scalar scalar = factor;
        a.mul_(scalar);
    }

    /// <summary>a ← 0, also where it holds numbers that are not finite. (TorchSharp's zero_ would leave a second handle behind.)</summary>
    public static void ClearInPlace(this Tensor a) => a.fill_(_zero);

    /// <summary>a ← 1.</summary>
    public static void FillWithOnes(this Tensor a) => a.fill_(_one);

    /// <summary>a ← a + factor · x ∘ y.</summary>
    public static void AddProductInPlace(this Tensor a, Tensor x, Tensor y, double factor)
    {
        using Scalar scalar = factor;
        a.addcmul_(x, y, scalar);
    }

    /// <summary>a ← a + x ∘ y.</summary>
    public static void AddProductInPlace(this Tensor a, Tensor x, Tensor y) => a.addcmul_(x, y, _one);

    /// <summary>a ← a + factor · x / y.</summary>
    public static void AddQuotientInPlace(this Tensor a, Tensor x, Tensor y, double factor)
    {
        using Scalar scalar = factor;
        a.addcdiv_(x, y, scalar);
    }

    /// <summary>(D, D − 1, …, 1) in the type and on the device of a tensor.</summary>
    public static Tensor CountdownFrom(long start, Tensor like)
    {
        using Scalar first = start;
        return arange(first, _zero, _minusOne, like.dtype, like.device);
    }

    /// <summary>One number as a tensor of [1, 1].</summary>
    public static Tensor SingleNumber(double value, ScalarType type, Device device)
    {
        using Scalar scalar = value;
        return full(new long[] { 1, 1 }, scalar, type, device);
    }
}
