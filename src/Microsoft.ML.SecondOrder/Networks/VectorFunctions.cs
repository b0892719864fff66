using System.Numerics;
using System.Numerics.Tensors;
using Microsoft.ML.SecondOrder.Likelihoods;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>
/// Functions of numbers in vector registers. Every number goes through the same operations wherever it stands, so that it does
/// not depend on its neighbours or on the width of the registers.
/// </summary>
internal static class VectorFunctions
{
    /// <summary>e^x is 0 below and the largest of its values above.</summary>
    private const float Lowest = -87.33f;

    /// <summary>The activation of each number, in place.</summary>
    public static void Apply(Activation activation, Span<float> values)
    {
        switch (activation)
        {
            case Activation.Silu:
                Silu(values);
                break;
            case Activation.Relu:
                for (var i = 0; i < values.Length; i++)
                {
                    // Written so that NaN stays NaN, as in libtorch.
                    values[i] = values[i] < 0 ? 0 : values[i];
                }

                break;
            case Activation.Tanh:
                TensorPrimitives.Tanh(values, values);
                break;
            case Activation.Gelu:
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] = (float)(0.5 * values[i] * ErrorFunction.Complement(-values[i] / Math.Sqrt(2)));
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(activation), activation, "Unknown activation.");
        }
    }

    /// <summary>x · σ(x) in place; error below 2e-7 of the result's size.</summary>
    public static void Silu(Span<float> values)
    {
        var width = Vector<float>.Count;
        var whole = values.Length / width * width;
        for (var at = 0; at < whole; at += width)
        {
            Silu(new Vector<float>(values[at..])).CopyTo(values[at..]);
        }

        if (whole < values.Length)
        {
            Span<float> rest = stackalloc float[width];
            values[whole..].CopyTo(rest);
            Silu(new Vector<float>(rest)).CopyTo(rest);
            rest[..(values.Length - whole)].CopyTo(values[whole..]);
        }
    }

    /// <summary>σ(x) is 1 / (1 + e^−x) for x > 0, e^x / (1 + e^x) else: e to a negative power alone, which cannot overflow.</summary>
    private static Vector<float> Silu(Vector<float> x)
    {
        var e = ExponentialOfNegative(-Vector.Abs(x));
        var numerator = Vector.ConditionalSelect(Vector.LessThan(x, Vector<float>.Zero), e, Vector<float>.One);
        return x * numerator / (Vector<float>.One + e);
    }

    /// <summary>
    /// e^x for x ≤ 0: 2^n · e^r with n whole and |r| ≤ ½ ln 2; e^r by its Taylor polynomial of degree 7, whose remainder is
    /// below 6e-9. Subtracting n·ln 2 in two parts keeps r exact (Cody and Waite, 1980).
    /// </summary>
    private static Vector<float> ExponentialOfNegative(Vector<float> x)
    {
        var clamped = Vector.ConditionalSelect(Vector.LessThan(x, new Vector<float>(Lowest)), new Vector<float>(Lowest), x); // NaN stays
        var n = Vector.Round(clamped * 1.44269504f);
        var r = Vector.FusedMultiplyAdd(n, new Vector<float>(-0.693359375f), clamped);
        r = Vector.FusedMultiplyAdd(n, new Vector<float>(2.12194440e-4f), r);
        var sum = new Vector<float>(1f / 5040);
        sum = Vector.FusedMultiplyAdd(sum, r, new Vector<float>(1f / 720));
        sum = Vector.FusedMultiplyAdd(sum, r, new Vector<float>(1f / 120));
        sum = Vector.FusedMultiplyAdd(sum, r, new Vector<float>(1f / 24));
        sum = Vector.FusedMultiplyAdd(sum, r, new Vector<float>(1f / 6));
        sum = Vector.FusedMultiplyAdd(sum, r, new Vector<float>(0.5f));
        sum = Vector.FusedMultiplyAdd(sum, r, Vector<float>.One);
        sum = Vector.FusedMultiplyAdd(sum, r, Vector<float>.One);
        var exponent = Vector.ShiftLeft(Vector.ConvertToInt32(n) + new Vector<int>(127), 23);
        return sum * Vector.AsVectorSingle(exponent);
    }
}
