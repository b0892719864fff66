using Microsoft.ML.SecondOrder.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Torch;

public sealed class ScopeTests
{
    [Fact]
    public void A_scope_disposes_what_was_made_in_it()
    {
        Tensor inside, outer;
        using (NewDisposeScope())
        {
            outer = ones(1);
            using (NewDisposeScope()) inside = ones(1);
            Assert.True(inside.IsInvalid);
            Assert.False(outer.IsInvalid);
        }
        Assert.True(outer.IsInvalid);
    }

    [Fact]
    public void A_tensor_may_move_outwards_or_leave()
    {
        Tensor moved, detached;
        using (NewDisposeScope())
        {
            using (NewDisposeScope())
            {
                moved = ones(1).MoveToOuterDisposeScope();
                detached = ones(1).DetachFromDisposeScope();
            }
            Assert.False(moved.IsInvalid);
        }
        Assert.True(moved.IsInvalid);
        Assert.False(detached.IsInvalid);
        detached.Dispose();
    }

    [Fact]
    public void Without_an_outer_scope_moving_outwards_is_leaving()
    {
        Tensor moved;
        using (NewDisposeScope()) moved = ones(1).MoveToOuterDisposeScope();

        Assert.False(moved.IsInvalid);
        moved.Dispose();
    }

    [Fact]
    public void A_scope_counts_and_can_be_emptied()
    {
        using var scope = NewDisposeScope();
        var (kept, _) = (ones(1), ones(1));
        Assert.Equal(2, scope.DisposablesCount);

        scope.DisposeEverythingBut(kept);

        Assert.Equal(1, scope.DisposablesCount);
        Assert.False(kept.IsInvalid);
    }

    [Fact]
    public void A_tensor_disposed_early_leaves_its_scope()
    {
        using var scope = NewDisposeScope();

        ones(1).Dispose();

        Assert.Equal(0, scope.DisposablesCount);
    }

    [Fact]
    public void A_scope_can_wrap_a_result()
    {
        using var result = WrappedTensorDisposeScope(() => ones(2).add(ones(2)).mul(2));

        Assert.Equal(8, result.sum().ToSingle());
    }

    [Fact]
    public void A_scope_is_of_its_thread()
    {
        using var scope = NewDisposeScope();
        Tensor? other = null;

        var thread = new Thread(() => other = ones(1));
        thread.Start();
        thread.Join();

        Assert.Equal(0, scope.DisposablesCount);
        other!.Dispose();
    }

    [Fact]
    public void Live_tensors_are_counted_by_thread()
    {
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        var t = ones(1);
        Assert.Equal(before + 1, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        t.Dispose();

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal(before, Leak.Live);
    }
}
