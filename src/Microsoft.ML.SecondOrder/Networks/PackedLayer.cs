using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>
/// y = W x + b of a dense layer, with W laid out for the processor: panels of as many outputs as two vector registers hold,
/// and within a panel input by input.
/// </summary>
/// <remarks>
/// Each output is b + Σᵢ wᵢ xᵢ, summed in the order of the inputs with one rounding a term. Rows and outputs are independent of
/// each other, so that a number depends neither on how many rows are computed at once nor on the width of the registers.
/// </remarks>
internal sealed class PackedLayer
{
    private const int RowsAtOnce = 4;
    private const int PanelsAtOnce = 4;

    private static readonly int PanelWidth = 2 * Vector<float>.Count;

    private readonly float[] _weights; // [panels, I, PanelWidth], 0 beyond the last output
    private readonly float[] _bias; // [panels, PanelWidth]

    /// <param name="weight">[O, I]</param>
    /// <param name="bias">[O]</param>
    public PackedLayer(ReadOnlySpan<float> weight, ReadOnlySpan<float> bias)
    {
        Outputs = bias.Length;
        Inputs = weight.Length / bias.Length;
        Stride = (Outputs + PanelWidth - 1) / PanelWidth * PanelWidth;
        _weights = new float[(long)Stride * Inputs];
        _bias = new float[Stride];
        bias.CopyTo(_bias);
        for (var o = 0; o < Outputs; o++)
        {
            var at = o / PanelWidth * Inputs * PanelWidth + o % PanelWidth;
            foreach (var w in weight.Slice(o * Inputs, Inputs))
            {
                _weights[at] = w;
                at += PanelWidth;
            }
        }
    }

    public int Inputs { get; }

    public int Outputs { get; }

    /// <summary>Numbers from one row of outputs to the next: the outputs, rounded up to whole panels.</summary>
    public int Stride { get; }

    /// <param name="rows">R.</param>
    /// <param name="x">R rows, one each <paramref name="stride"/> numbers.</param>
    /// <param name="stride">At least the number of inputs.</param>
    /// <param name="y">R rows, one each <see cref="Stride"/> numbers, all overwritten; beyond the outputs stands 0 · x.</param>
    public void Apply(int rows, ReadOnlySpan<float> x, int stride, Span<float> y)
    {
        // What the references below may reach.
        _ = x[..((rows - 1) * stride + Inputs)];
        _ = y[..(rows * Stride)];
        ref var first = ref MemoryMarshal.GetReference(x);
        ref var target = ref MemoryMarshal.GetReference(y);
        var panels = Stride / PanelWidth;
        var row = 0;
        for (var p = 0; rows >= RowsAtOnce && p < panels; p++)
        {
            for (row = 0; row + RowsAtOnce <= rows; row += RowsAtOnce)
            {
                FourRows(p, ref Unsafe.Add(ref first, row * stride), stride, ref Unsafe.Add(ref target, row * Stride));
            }
        }

        for (; row < rows; row++)
        {
            ref var from = ref Unsafe.Add(ref first, row * stride);
            ref var to = ref Unsafe.Add(ref target, row * Stride);
            var p = 0;
            for (; p + PanelsAtOnce <= panels; p += PanelsAtOnce)
            {
                FourPanels(p, ref from, ref to);
            }

            for (; p < panels; p++)
            {
                OnePanel(p, ref from, ref to);
            }
        }
    }

    private void FourRows(int panel, ref float x, int stride, ref float y)
    {
        ref var w = ref Panel(panel);
        var (b0, b1) = (Bias(panel, 0), Bias(panel, 1));
        var (y00, y01, y10, y11, y20, y21, y30, y31) = (b0, b1, b0, b1, b0, b1, b0, b1);
        ref var x1 = ref Unsafe.Add(ref x, stride);
        ref var x2 = ref Unsafe.Add(ref x1, stride);
        ref var x3 = ref Unsafe.Add(ref x2, stride);
        for (var i = 0; i < Inputs; i++)
        {
            var (w0, w1) = (Vector.LoadUnsafe(ref w), Vector.LoadUnsafe(ref w, (nuint)Vector<float>.Count));
            var x0i = new Vector<float>(Unsafe.Add(ref x, i));
            y00 = Vector.FusedMultiplyAdd(w0, x0i, y00);
            y01 = Vector.FusedMultiplyAdd(w1, x0i, y01);
            var x1i = new Vector<float>(Unsafe.Add(ref x1, i));
            y10 = Vector.FusedMultiplyAdd(w0, x1i, y10);
            y11 = Vector.FusedMultiplyAdd(w1, x1i, y11);
            var x2i = new Vector<float>(Unsafe.Add(ref x2, i));
            y20 = Vector.FusedMultiplyAdd(w0, x2i, y20);
            y21 = Vector.FusedMultiplyAdd(w1, x2i, y21);
            var x3i = new Vector<float>(Unsafe.Add(ref x3, i));
            y30 = Vector.FusedMultiplyAdd(w0, x3i, y30);
            y31 = Vector.FusedMultiplyAdd(w1, x3i, y31);
            w = ref Unsafe.Add(ref w, PanelWidth);
        }

        Store(ref y, panel, y00, y01);
        Store(ref Unsafe.Add(ref y, Stride), panel, y10, y11);
        Store(ref Unsafe.Add(ref y, 2 * Stride), panel, y20, y21);
        Store(ref Unsafe.Add(ref y, 3 * Stride), panel, y30, y31);
    }

    private void FourPanels(int panel, ref float x, ref float y)
    {
        ref var w0 = ref Panel(panel);
        ref var w1 = ref Panel(panel + 1);
        ref var w2 = ref Panel(panel + 2);
        ref var w3 = ref Panel(panel + 3);
        var half = (nuint)Vector<float>.Count;
        var (y00, y01, y10, y11) = (Bias(panel, 0), Bias(panel, 1), Bias(panel + 1, 0), Bias(panel + 1, 1));
        var (y20, y21, y30, y31) = (Bias(panel + 2, 0), Bias(panel + 2, 1), Bias(panel + 3, 0), Bias(panel + 3, 1));
        nuint at = 0;
        for (var i = 0; i < Inputs; i++, at += 2 * half)
        {
            var xi = new Vector<float>(Unsafe.Add(ref x, i));
            y00 = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref w0, at), xi, y00);
            y01 = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref w0, at + half), xi, y01);
            y10 = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref w1, at), xi, y10);
            y11 = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref w1, at + half), xi, y11);
            y20 = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref w2, at), xi, y20);
            y21 = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref w2, at + half), xi, y21);
            y30 = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref w3, at), xi, y30);
            y31 = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref w3, at + half), xi, y31);
        }

        Store(ref y, panel, y00, y01);
        Store(ref y, panel + 1, y10, y11);
        Store(ref y, panel + 2, y20, y21);
        Store(ref y, panel + 3, y30, y31);
    }

    private void OnePanel(int panel, ref float x, ref float y)
    {
        ref var w = ref Panel(panel);
        var (y0, y1) = (Bias(panel, 0), Bias(panel, 1));
        for (var i = 0; i < Inputs; i++)
        {
            var xi = new Vector<float>(Unsafe.Add(ref x, i));
            y0 = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref w), xi, y0);
            y1 = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref w, (nuint)Vector<float>.Count), xi, y1);
            w = ref Unsafe.Add(ref w, PanelWidth);
        }

        Store(ref y, panel, y0, y1);
    }

    /// <summary>x = Wᵀ y: what a gradient with respect to the outputs means for the inputs.</summary>
    /// <param name="y">[Stride], 0 beyond the outputs.</param>
    /// <param name="x">[I], overwritten.</param>
    public void ApplyTransposed(ReadOnlySpan<float> y, Span<float> x)
    {
        for (var i = 0; i < Inputs; i++)
        {
            var sum = Vector<float>.Zero;
            for (var p = 0; p < Stride; p += PanelWidth)
            {
                var at = (int)((long)p * Inputs) + i * PanelWidth;
                sum = Vector.FusedMultiplyAdd(new Vector<float>(_weights, at), new Vector<float>(y[p..]), sum);
                sum = Vector.FusedMultiplyAdd(new Vector<float>(_weights, at + Vector<float>.Count), new Vector<float>(y[(p + Vector<float>.Count)..]), sum);
            }

            x[i] = Vector.Sum(sum);
        }
    }

    private ref float Panel(int panel) => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_weights), (nint)panel * Inputs * PanelWidth);

    private Vector<float> Bias(int panel, int half) => new(_bias, panel * PanelWidth + half * Vector<float>.Count);

    private static void Store(ref float row, int panel, Vector<float> low, Vector<float> high)
    {
        low.StoreUnsafe(ref row, (nuint)(panel * PanelWidth));
        high.StoreUnsafe(ref row, (nuint)(panel * PanelWidth + Vector<float>.Count));
    }
}
