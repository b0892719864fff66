using Microsoft.ML.SecondOrder.Matrices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>U, the preconditioned gradient G of one layer's joint weight: [O, I]. Lives in the scope of one step.</summary>
internal abstract class Direction
{
    /// <summary>⟨U, G⟩ as a scalar tensor.</summary>
    public abstract Tensor InnerWithGradient();

    /// <summary>buffer ← momentum·buffer + U.</summary>
    /// <param name="buffer">[O, I]</param>
    /// <param name="momentum">A number from 0 to below 1; 0 overwrites.</param>
    /// <param name="shortening">Multiplies U; a scalar tensor, or null for 1.</param>
    public abstract void AddTo(Tensor buffer, double momentum, Tensor? shortening);

    private protected static void Decay(Tensor buffer, double momentum)
    {
        if (momentum == 0)
        {
            buffer.ClearInPlace();
        }
        else
        {
            buffer.ScaleInPlace(momentum);
        }
    }
}

/// <summary>U as a matrix.</summary>
/// <param name="preconditioned">U: [O, I].</param>
/// <param name="gradient">G: [O, I].</param>
internal sealed class FullDirection(Tensor preconditioned, Tensor gradient) : Direction
{
    public override Tensor InnerWithGradient()
    {
        using var product = preconditioned.mul(gradient);
        return product.sum();
    }

    /// <summary>ν·U in U's own place.</summary>
    /// <param name="shortening">ν; a scalar tensor, or null for 1.</param>
    public Tensor Shortened(Tensor? shortening)
    {
        if (shortening is not null)
        {
            preconditioned.mul_(shortening);
        }

        return preconditioned;
    }

    public override void AddTo(Tensor buffer, double momentum, Tensor? shortening)
    {
        Decay(buffer, momentum);
        if (shortening is null)
        {
            buffer.AddInPlace(preconditioned);
        }
        else
        {
            buffer.AddProductInPlace(preconditioned, shortening);
        }
    }
}

/// <summary>
/// U = Lᵀ R of the few rows that the gradient G = gᵀ a has: with N rows, N (O + I) numbers instead of O·I, and as much less
/// work for the preconditioner.
/// </summary>
/// <param name="left">L: [N, O].</param>
/// <param name="right">R: [N, I].</param>
/// <param name="gradients">g: [N, O].</param>
/// <param name="inputs">a: [N, I].</param>
internal sealed class ThinDirection(Tensor left, Tensor right, Tensor gradients, Tensor inputs) : Direction
{
    /// <summary>tr(Rᵀ L gᵀ a) = Σ (L gᵀ) ∘ (R aᵀ), two products of [N, N].</summary>
    public override Tensor InnerWithGradient()
    {
        using var scope = NewDisposeScope();
        var (l, r) = (left.to(gradients.dtype), right.to(inputs.dtype));
        return l.mm(gradients.t()).mul(r.mm(inputs.t())).sum().MoveToOuterDisposeScope();
    }

    public override void AddTo(Tensor buffer, double momentum, Tensor? shortening)
    {
        using var scope = NewDisposeScope();
        var scaled = shortening is null ? left : left.mul(shortening.to(left.dtype));
        if (buffer.dtype == ScalarType.Float32 && scaled.dtype == ScalarType.Float32)
        {
            buffer.addmm_(scaled.t(), right, (float)momentum, 1); // one pass over the buffer; momentum 0 overwrites
            return;
        }

        Decay(buffer, momentum); // addmm_ takes factors in single precision only
        if (scaled.dtype == buffer.dtype)
        {
            buffer.addmm_(scaled.t(), right, 1, 1);
        }
        else
        {
            buffer.AddInPlace(scaled.t().mm(right));
        }
    }
}
