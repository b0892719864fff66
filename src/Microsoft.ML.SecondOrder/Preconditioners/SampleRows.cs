using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// The rows of one batch as they are, for methods that form no factor of them. They stand for a matrix U of one row an example,
/// its gradient u = Σ g aᵀ over its R positions, which is never formed but where that is cheaper. Owns its tensors.
/// </summary>
/// <param name="inputs">a: [M, R, I] for M examples, or M/V examples with V vectors each.</param>
/// <param name="gradients">g: [M, R, O].</param>
internal sealed class SampleRows(Tensor inputs, Tensor gradients) : IDisposable
{
    /// <summary>a and g as they are kept, for a state.</summary>
    public (Tensor Inputs, Tensor Gradients) Kept => (inputs, gradients);

    /// <summary>M, rows of U.</summary>
    public long Examples => inputs.shape[0];

    private long Positions => inputs.shape[1];

    /// <summary>a as rows: [N, I].</summary>
    public Tensor Inputs => inputs.flatten(0, 1);

    /// <summary>g as rows: [N, O].</summary>
    public Tensor Gradients => gradients.flatten(0, 1);

    /// <summary>The rows of all micro-batches of a step, in one type.</summary>
    /// <param name="samples">Borrowed.</param>
    /// <param name="type">Of what is kept.</param>
    /// <param name="scale">The factor of g: √(examples) / gradient scale makes Uᵀ U the curvature of the mean loss.</param>
    public static SampleRows Of(IReadOnlyList<LayerSample> samples, ScalarType type, double scale)
    {
        using var scope = NewDisposeScope();
        var a = cat(samples.Select(s => s.Vectors == 1 ? s.Inputs : s.Inputs.repeat(s.Vectors, 1)).ToList(), 0).to(type);
        var g = cat(samples.Select(s => s.OutputGradients).ToList(), 0).to(type).Times(scale);
        var examples = samples.Sum(s => s.Batch * s.Vectors);
        if (a.shape[0] % examples != 0)
        {
            examples = a.shape[0]; // uses of a layer by differently many examples cannot be told apart: each row counts for itself
        }

        return new SampleRows(
            a.reshape(examples, -1, a.shape[1]).DetachFromDisposeScope(), g.reshape(examples, -1, g.shape[1]).DetachFromDisposeScope());
    }

    /// <summary>Zeros in the shapes of saved rows; null where those shapes are not of this layer.</summary>
    public static SampleRows? Like(IReadOnlyDictionary<string, long[]> shapes, LayerShape shape, ScalarType type)
    {
        if (!(shapes.TryGetValue("inputs", out var saved) && saved is [> 0, > 0, var width] && width == shape.Inputs))
        {
            return null;
        }

        Tensor Empty(long columns) => zeros(new[] { saved[0], saved[1], columns }, type, shape.Device).DetachFromDisposeScope();
        return new SampleRows(Empty(shape.Inputs), Empty(shape.Outputs));
    }

    /// <summary>U Uᵀ: [M, M].</summary>
    public Tensor Gram()
    {
        using var scope = NewDisposeScope();
        double n = Examples * Positions, m = Examples, i = inputs.shape[2], o = gradients.shape[2];
        if (Positions > 1 && n * n * (i + o) > (n + m * m) * i * o)
        {
            var u = Matrix();
            return u.mm(u.t()).MoveToOuterDisposeScope();
        }

        var (a, g) = (Inputs, Gradients);
        var rows = a.mm(a.t()).mul(g.mm(g.t())); // [N, N]
        return (Positions == 1 ? rows : rows.reshape(Examples, Positions, Examples, Positions).sum(new long[] { 1, 3 })).MoveToOuterDisposeScope();
    }

    /// <summary>U vec(V): [M].</summary>
    /// <param name="v">V: [O, I].</param>
    public Tensor Inner(Tensor v)
    {
        using var scope = NewDisposeScope();
        return Inputs.mm(v.t()).mul(Gradients).reshape(Examples, -1).sum(dim: 1L).MoveToOuterDisposeScope();
    }

    /// <summary>Σ w u, that is Uᵀ w as a matrix: [O, I].</summary>
    /// <param name="weights">w: [M].</param>
    public Tensor Combine(Tensor weights)
    {
        using var scope = NewDisposeScope();
        return gradients.mul(OfRows(weights)).flatten(0, 1).t().mm(Inputs).MoveToOuterDisposeScope();
    }

    /// <summary>(Σ w g)(Σ v a)ᵀ: [O, I].</summary>
    /// <param name="w">[M].</param>
    /// <param name="v">[M].</param>
    public Tensor OuterProduct(Tensor w, Tensor v)
    {
        using var scope = NewDisposeScope();
        var left = gradients.mul(OfRows(w)).sum(new long[] { 0, 1 }); // [O]
        var right = inputs.mul(OfRows(v)).sum(new long[] { 0, 1 }); // [I]
        return left.outer(right).MoveToOuterDisposeScope();
    }

    /// <summary>Some columns of U: [M, S].</summary>
    /// <param name="columns">Their numbers, counted row by row through [O, I]: [S], whole numbers.</param>
    public Tensor Columns(Tensor columns)
    {
        using var scope = NewDisposeScope();
        return Matrix().index_select(1, columns).MoveToOuterDisposeScope();
    }

    public SampleRows To(Device device) => new(
        inputs.to(device, copy: true).DetachFromDisposeScope(), gradients.to(device, copy: true).DetachFromDisposeScope());

    public void Dispose()
    {
        inputs.Dispose();
        gradients.Dispose();
    }

    private static Tensor OfRows(Tensor weights) => weights.unsqueeze(1).unsqueeze(2);

    /// <summary>U itself: [M, O·I].</summary>
    private Tensor Matrix() => gradients.transpose(1, 2).bmm(inputs).flatten(1);
}
