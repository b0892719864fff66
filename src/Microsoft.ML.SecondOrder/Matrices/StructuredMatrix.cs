using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Matrices;

/// <summary>
/// A square matrix S of D × D numbers that is stored by its free entries only.
/// </summary>
/// <remarks>
/// Every operation is right by default, through the dense form; a pattern overrides what it can do faster. Operations
/// create their results, and small intermediate tensors, in the caller's dispose scope and never change an operand. The
/// matrix owns its tensors.
/// </remarks>
public abstract class StructuredMatrix : IDisposable
{
    /// <summary>Which entries are free.</summary>
    public abstract MatrixPattern Pattern { get; }

    /// <summary>D, the number of rows and of columns.</summary>
    public abstract long Dimension { get; }

    /// <summary>The stored numbers, in an order fixed by the pattern.</summary>
    public abstract IReadOnlyList<Tensor> Tensors { get; }

    /// <summary>The type of the numbers.</summary>
    public ScalarType Type => Tensors[0].dtype;

    /// <summary>How many numbers are stored.</summary>
    public long StoredNumbers => Tensors.Sum(t => t.numel());

    /// <summary>The represented matrix: [D, D].</summary>
    public abstract Tensor ToDense();

    /// <summary>A matrix of the same pattern and size that stores the given numbers.</summary>
    protected abstract StructuredMatrix With(IReadOnlyList<Tensor> tensors);

    /// <summary>The sum over the diagonal of the last two axes, and over all others, in at least single precision.</summary>
    private protected static Tensor DiagonalSum(Tensor matrices)
    {
        using var diagonal = matrices.diagonal(0, -2, -1);
        return Sum(diagonal);
    }

    /// <summary>The sum of all numbers in at least single precision.</summary>
    private protected static Tensor Sum(Tensor numbers)
    {
        using var precise = numbers.to(numbers.dtype == float64 ? float64 : float32);
        return precise.sum();
    }

    /// <summary><see cref="With"/> of another matrix, for patterns that are composed of others.</summary>
    private protected static StructuredMatrix Replaced(StructuredMatrix matrix, IReadOnlyList<Tensor> tensors) => matrix.With(tensors);

    /// <summary>S X.</summary>
    /// <param name="x">X: [D, N].</param>
    /// <returns>[D, N]</returns>
    public virtual Tensor Times(Tensor x)
    {
        using var dense = ToDense();
        return dense.mm(x);
    }

    /// <summary>Sᵀ X, with the true transpose also where S is not symmetric.</summary>
    /// <param name="x">X: [D, N].</param>
    /// <returns>[D, N]</returns>
    public virtual Tensor TransposeTimes(Tensor x)
    {
        using var dense = ToDense();
        return dense.t().mm(x);
    }

    /// <summary>S S' for a matrix of the same pattern and size; again of that pattern.</summary>
    public virtual StructuredMatrix Times(StructuredMatrix other)
    {
        using var left = ToDense();
        using var right = other.ToDense();
        using var product = left.mm(right);
        return Pattern.FromDense(product);
    }

    /// <summary>Π(Sᵀ S).</summary>
    public virtual StructuredMatrix Gram()
    {
        using var dense = ToDense();
        using var gram = dense.t().mm(dense);
        return Pattern.Project(gram);
    }

    /// <summary>Π(Sᵀ X Xᵀ S).</summary>
    /// <param name="x">X: [D, N].</param>
    public virtual StructuredMatrix Gram(Tensor x)
    {
        using var inner = TransposeTimes(x); // [D, N]
        return Pattern.ProjectGram(inner);
    }

    /// <summary>S Sᵀ in dense form: [D, D].</summary>
    public virtual Tensor OuterGram()
    {
        using var dense = ToDense();
        return SymmetricProduct.OfRows(dense);
    }

    /// <summary>S Sᵀ where it is of the same pattern for every S; null for other patterns.</summary>
    public virtual StructuredMatrix? OuterGramInPattern() => null;

    /// <summary>S + factor · S' for a matrix of the same pattern and size.</summary>
    public StructuredMatrix Plus(StructuredMatrix other, double factor = 1) =>
        With([.. Tensors.Zip(other.Tensors, (a, b) => a.Plus(b, factor))]);

    /// <summary>factor · S.</summary>
    public StructuredMatrix Scaled(double factor) => With([.. Tensors.Select(t => t.Times(factor))]);

    /// <summary>factor · S with a factor that stays on the device.</summary>
    /// <param name="factor">A scalar tensor.</param>
    public StructuredMatrix Scaled(Tensor factor) => With([.. Tensors.Select(t => t.mul(factor))]);

    /// <summary>S ← factor · S, for a matrix that nobody else holds.</summary>
    internal void Scale(double factor)
    {
        foreach (var tensor in Tensors)
        {
            tensor.ScaleInPlace(factor);
        }
    }

    /// <summary>S ← factor · S with a factor that stays on the device, for a matrix that nobody else holds.</summary>
    internal void Scale(Tensor factor)
    {
        foreach (var tensor in Tensors)
        {
            tensor.mul_(factor);
        }
    }

    /// <summary>S ← S + factor · S', for a matrix that nobody else holds.</summary>
    internal void Add(StructuredMatrix other, double factor = 1)
    {
        foreach (var (mine, theirs) in Tensors.Zip(other.Tensors))
        {
            mine.AddInPlace(theirs, factor);
        }
    }

    /// <summary>S ← S + scale · factor · S' with a factor that stays on the device, for a matrix that nobody else holds.</summary>
    /// <param name="other">S'.</param>
    /// <param name="factor">A scalar tensor; null for 1.</param>
    /// <param name="scale">A number.</param>
    internal void Add(StructuredMatrix other, Tensor? factor, double scale)
    {
        if (factor is null)
        {
            Add(other, scale);
            return;
        }

        foreach (var (mine, theirs) in Tensors.Zip(other.Tensors))
        {
            mine.AddProductInPlace(theirs, factor, scale);
        }
    }

    /// <summary>S ← S + factor · I, for a matrix that nobody else holds.</summary>
    internal abstract void AddIdentity(double factor);

    /// <summary>S + factor · I.</summary>
    public StructuredMatrix PlusIdentity(double factor)
    {
        var sum = With([.. Tensors.Select(t => t.clone())]);
        sum.AddIdentity(factor);
        return sum;
    }

    /// <summary>tr(S) as a scalar tensor of at least single precision.</summary>
    public virtual Tensor Trace()
    {
        using var dense = ToDense();
        return DiagonalSum(dense);
    }

    /// <summary>tr(S) / D as a scalar tensor.</summary>
    public Tensor AverageTrace()
    {
        using var trace = Trace();
        return trace.Over(Dimension);
    }

    /// <summary>The Frobenius norm of the represented matrix as a scalar tensor: here for patterns whose other entries are zero.</summary>
    public virtual Tensor FrobeniusNorm()
    {
        using var scope = NewDisposeScope();
        return Tensors.Select(t => Sum(t.square())).Aggregate((a, b) => a.Plus(b)).sqrt().MoveToOuterDisposeScope();
    }

    /// <summary>The largest absolute value of a stored entry as a scalar tensor; it is the largest of the represented matrix too.</summary>
    public Tensor MaxAbs()
    {
        Tensor? largest = null;
        foreach (var tensor in Tensors)
        {
            if (tensor.numel() == 0)
            {
                continue;
            }

            using var absolute = tensor.abs();
            var max = absolute.max();
            if (largest is null)
            {
                largest = max;
                continue;
            }

            using var previous = largest;
            largest = previous.maximum(max);
            max.Dispose();
        }

        return largest!;
    }

    /// <summary>A copy on another device.</summary>
    internal StructuredMatrix To(Device device) => With([.. Tensors.Select(t => t.to(device, copy: true))]);

    /// <summary>S ← S' for numbers of the same shapes, as <see cref="Tensors"/> gives them.</summary>
    internal void Load(IReadOnlyList<Tensor> numbers)
    {
        foreach (var (mine, theirs) in Tensors.Zip(numbers))
        {
            mine.copy_(theirs);
        }
    }

    /// <summary>Takes the numbers out of the dispose scope: they live until <see cref="Dispose()"/>.</summary>
    /// <returns>This matrix.</returns>
    public StructuredMatrix Keep()
    {
        foreach (var tensor in Tensors)
        {
            tensor.DetachFromDisposeScope();
        }

        return this;
    }

    /// <summary>Frees the numbers.</summary>
    public void Dispose()
    {
        foreach (var tensor in Tensors)
        {
            tensor.Dispose();
        }

        GC.SuppressFinalize(this);
    }
}
