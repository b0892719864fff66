using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Matrices;

/// <summary>Dense blocks of one size along the diagonal, and a remainder block last.</summary>
internal sealed record BlockDiagonalPattern(int BlockSize) : MatrixPattern
{
    public override string ToString() => $"BlockDiagonal({BlockSize})";

    public override StructuredMatrix Identity(long dimension, ScalarType dtype, Device device)
    {
        var (blocks, rest) = Sizes(dimension);
        var identity = new BlockDiagonalMatrix(
            this, zeros(new[] { blocks, BlockSize, BlockSize }, dtype, device), zeros(new[] { rest, rest }, dtype, device));
        identity.AddIdentity(1);
        return identity;
    }

    public override long StoredNumbers(long dimension)
    {
        var (blocks, rest) = Sizes(dimension);
        return blocks * BlockSize * BlockSize + rest * rest;
    }

    public override long Operations(long dimension) => (60 + BlockSize) * dimension;

    public override StructuredMatrix Project(Tensor symmetric) => FromDense(symmetric);

    public override StructuredMatrix FromDense(Tensor member)
    {
        var (blocks, rest) = Sizes(member.shape[0]);
        var whole = blocks * BlockSize;

        // [N, k, N, k] with the blocks at equal first and third index.
        var diagonal = member.narrow(0, 0, whole).narrow(1, 0, whole).reshape(blocks, BlockSize, blocks, BlockSize).diagonal(0, 0, 2);
        return new BlockDiagonalMatrix(this, diagonal.permute(2, 0, 1).contiguous(), member.narrow(0, whole, rest).narrow(1, whole, rest).clone());
    }

    public override StructuredMatrix ProjectGram(Tensor x)
    {
        var (blocks, rest) = Sizes(x.shape[0]);
        var whole = blocks * BlockSize;
        var head = x.narrow(0, 0, whole).reshape(blocks, BlockSize, x.shape[1]);
        var tail = x.narrow(0, whole, rest);
        return new BlockDiagonalMatrix(this, head.bmm(head.transpose(1, 2)), tail.mm(tail.t())); // O(k D N)
    }

    /// <summary>N blocks, and r rows in the remainder.</summary>
    private (long Blocks, long Remainder) Sizes(long dimension) => (dimension / BlockSize, dimension % BlockSize);
}

/// <summary>Blocks [N, k, k] and a remainder [r, r], either of which may be empty.</summary>
internal sealed class BlockDiagonalMatrix(BlockDiagonalPattern pattern, Tensor blocks, Tensor rest) : StructuredMatrix
{
    public override MatrixPattern Pattern => pattern;

    public override long Dimension => Whole + rest.shape[0];

    public override IReadOnlyList<Tensor> Tensors { get; } = [blocks, rest];

    private long Whole => blocks.shape[0] * blocks.shape[1];

    public override Tensor ToDense()
    {
        using var scope = NewDisposeScope();
        var dense = zeros(new[] { Dimension, Dimension }, blocks.dtype, blocks.device);
        var size = blocks.shape[1];
        for (var i = 0L; i < blocks.shape[0]; i++)
        {
            dense.narrow(0, i * size, size).narrow(1, i * size, size).copy_(blocks[i]);
        }

        dense.narrow(0, Whole, rest.shape[0]).narrow(1, Whole, rest.shape[0]).copy_(rest);
        return dense.MoveToOuterDisposeScope();
    }

    public override Tensor Times(Tensor x) => Apply(blocks, rest, x);

    public override Tensor TransposeTimes(Tensor x) => Apply(blocks.transpose(1, 2), rest.t(), x);

    public override StructuredMatrix Times(StructuredMatrix other) =>
        new BlockDiagonalMatrix(pattern, blocks.bmm(other.Tensors[0]), rest.mm(other.Tensors[1]));

    public override StructuredMatrix Gram() =>
        new BlockDiagonalMatrix(pattern, blocks.transpose(1, 2).bmm(blocks), rest.t().mm(rest));

    /// <summary>Sᵀ (X Xᵀ) S block by block where X has many columns: one pass over X instead of two.</summary>
    public override StructuredMatrix Gram(Tensor x)
    {
        if (x.shape[1] <= 2 * pattern.BlockSize)
        {
            return base.Gram(x);
        }

        var moment = pattern.ProjectGram(x).Tensors;
        return new BlockDiagonalMatrix(pattern, blocks.transpose(1, 2).bmm(moment[0]).bmm(blocks), rest.t().mm(moment[1]).mm(rest));
    }

    public override StructuredMatrix? OuterGramInPattern() =>
        new BlockDiagonalMatrix(pattern, blocks.bmm(blocks.transpose(1, 2)), rest.mm(rest.t()));

    internal override void AddIdentity(double factor)
    {
        using var ofBlocks = blocks.diagonal(0, 1, 2);
        using var ofRest = rest.diagonal(0, 0, 1);
        ofBlocks.AddInPlace(factor);
        ofRest.AddInPlace(factor);
    }

    public override Tensor Trace() => DiagonalSum(blocks).Plus(DiagonalSum(rest));

    protected override StructuredMatrix With(IReadOnlyList<Tensor> tensors) => new BlockDiagonalMatrix(pattern, tensors[0], tensors[1]);

    private static Tensor Apply(Tensor blocks, Tensor rest, Tensor x)
    {
        var (count, size, whole) = (blocks.shape[0], blocks.shape[1], blocks.shape[0] * blocks.shape[1]);
        var head = blocks.bmm(x.narrow(0, 0, whole).reshape(count, size, x.shape[1])).reshape(whole, x.shape[1]);
        return rest.shape[0] == 0 ? head : cat(new List<Tensor> { head, rest.mm(x.narrow(0, whole, rest.shape[0])) }, 0);
    }
}
