using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Matrices;

/// <summary>Triangular with equal entries along each diagonal.</summary>
internal sealed record ToeplitzPattern(bool IsUpper) : MatrixPattern
{
    public override string ToString() => IsUpper ? "UpperToeplitz" : "LowerToeplitz";

    public override StructuredMatrix Identity(long dimension, ScalarType dtype, Device device)
    {
        var entries = zeros(new[] { dimension }, dtype, device);
        entries[0] = ones(Array.Empty<long>(), dtype, device);
        return new ToeplitzMatrix(this, entries);
    }

    public override long StoredNumbers(long dimension) => dimension;

    public override long Operations(long dimension) => dimension * dimension;

    public override StructuredMatrix Project(Tensor symmetric)
    {
        // Row i of M, shifted left by i: the k-th entry is M(i, i + k). Summed over i these are the sums along diagonals.
        var d = symmetric.shape[0];
        var padded = cat(new List<Tensor> { symmetric, zeros_like(symmetric) }, 1); // [D, 2D]: row i, column i + k at i (2D + 1) + k
        return FromDiagonalSums(padded.as_strided(new[] { d, d }, new[] { 2 * d + 1, 1 }).sum(dim: 0L));
    }

    public override StructuredMatrix ProjectGram(Tensor x)
    {
        // The sum along the k-th diagonal of X Xᵀ is the autocorrelation of the columns at lag k, summed: by FFT in O(N D log D).
        var d = x.shape[0];
        var precise = x.dtype == float64 ? x : x.to(float32);
        var spectrum = fft.rfft(precise, 2 * d, 0); // [D + 1, N]
        var power = view_as_real(spectrum).square().sum(new long[] { 1, 2 });
        var correlation = fft.irfft(complex(power, zeros_like(power)), 2 * d).narrow(0, 0, d);
        return FromDiagonalSums(correlation.to(x.dtype));
    }

    public override StructuredMatrix FromDense(Tensor member) => new ToeplitzMatrix(this, member.select(IsUpper ? 0 : 1, 0).clone());

    /// <summary>c₀ the mean of the diagonal, c_k twice that of the k-th diagonal.</summary>
    /// <param name="sums">The sums along the diagonals k = 0 … D − 1: [D].</param>
    public StructuredMatrix FromDiagonalSums(Tensor sums)
    {
        var d = sums.shape[0];
        var means = sums.div(TensorArithmetic.CountdownFrom(d, sums));
        means.narrow(0, 1, d - 1).ScaleInPlace(2);
        return new ToeplitzMatrix(this, means);
    }
}

/// <summary>T(i, j) = c(i − j) for i ≥ j, or its transpose; c: [D].</summary>
internal sealed class ToeplitzMatrix(ToeplitzPattern pattern, Tensor c) : StructuredMatrix
{
    public override MatrixPattern Pattern => pattern;

    public override long Dimension => c.shape[0];

    public override IReadOnlyList<Tensor> Tensors { get; } = [c];

    public override Tensor ToDense()
    {
        using var scope = NewDisposeScope();
        var lower = Lower();
        return (pattern.IsUpper ? lower.t().contiguous() : lower).MoveToOuterDisposeScope();
    }

    /// <summary>As one matrix product: by the operations an FFT is cheaper, by the clock it is not at the widths of layers.</summary>
    public override Tensor Times(Tensor x) => (pattern.IsUpper ? Lower().t() : Lower()).mm(x);

    public override Tensor TransposeTimes(Tensor x) => (pattern.IsUpper ? Lower() : Lower().t()).mm(x);

    /// <summary>c'' is the convolution of c and c', cut off at D: the first column of the product, for both kinds.</summary>
    public override StructuredMatrix Times(StructuredMatrix other)
    {
        using var scope = NewDisposeScope();
        return new ToeplitzMatrix(pattern, Convolution(c, other.Tensors[0]).MoveToOuterDisposeScope());
    }

    /// <summary>The k-th diagonal of Sᵀ S sums to Σ_s (D − s) c_s c_(s−k), for both kinds: w_s = (D − s) c_s backwards, convolved with c, backwards.</summary>
    public override StructuredMatrix Gram()
    {
        var weighted = c.mul(TensorArithmetic.CountdownFrom(Dimension, c));
        return pattern.FromDiagonalSums(Convolution(c, weighted.flip(0)).flip(0));
    }

    /// <summary>Sᵀ (X Xᵀ) S where X has many columns: one pass over X instead of two and a transform.</summary>
    public override StructuredMatrix Gram(Tensor x)
    {
        if (x.shape[1] <= 2 * Dimension)
        {
            return base.Gram(x);
        }

        var dense = ToDense();
        return pattern.Project(dense.t().mm(SymmetricProduct.OfRows(x)).mm(dense));
    }

    /// <summary>
    /// S Sᵀ in O(D²): along a diagonal its entries are running sums, Σ_(k ≤ i) c_k c_(k + o) at row i and offset o ≥ 0. For the
    /// upper kind rows and columns run backwards.
    /// </summary>
    public override Tensor OuterGram()
    {
        using var scope = NewDisposeScope();
        var d = Dimension;
        var precise = c.dtype == float64 ? c : c.to(float32);
        var padded = cat(new List<Tensor> { precise, zeros_like(precise) }, 0);
        var sums = padded.as_strided(new[] { d, d }, new[] { 1L, 1L }).mul(precise.unsqueeze(1)).cumsum(0); // [row, offset]
        var wide = zeros(new[] { d, 2 * d }, precise.dtype, c.device);
        wide.as_strided(new[] { d, d }, new[] { 2 * d + 1, 1L }).copy_(sums); // row i starts at column i
        var upper = wide.narrow(1, 0, d);
        var product = upper.Plus(upper.t());
        product.diagonal(0, 0, 1).ScaleInPlace(0.5);
        return (pattern.IsUpper ? product.flip(0, 1) : product).to(c.dtype).MoveToOuterDisposeScope();
    }

    internal override void AddIdentity(double factor)
    {
        using var first = c.narrow(0, 0, 1);
        first.AddInPlace(factor);
    }

    public override Tensor Trace() => Sum(c.narrow(0, 0, 1)).Times(Dimension);

    public override Tensor FrobeniusNorm() => Sum(c.square().mul(TensorArithmetic.CountdownFrom(Dimension, c))).sqrt();

    protected override StructuredMatrix With(IReadOnlyList<Tensor> tensors) => new ToeplitzMatrix(pattern, tensors[0]);

    /// <summary>Σ_j a_j b_(k−j) for k = 0 … D − 1, by FFT in O(D log D).</summary>
    private static Tensor Convolution(Tensor a, Tensor b)
    {
        var d = a.shape[0];
        var type = a.dtype == float64 ? float64 : float32;
        var product = fft.rfft(a.to(type), 2 * d).mul(fft.rfft(b.to(type), 2 * d));
        return fft.irfft(product, 2 * d).narrow(0, 0, d).to(a.dtype).contiguous();
    }

    /// <summary>The lower triangular form: windows over (c reversed, zeros), the last window first.</summary>
    private Tensor Lower()
    {
        var reversed = cat(new List<Tensor> { c.flip(0), zeros_like(c).narrow(0, 0, Dimension - 1) }, 0); // [2D − 1]
        return reversed.unfold(0, Dimension, 1).flip(0); // row i: reversed(D − 1 − i + j)
    }
}
