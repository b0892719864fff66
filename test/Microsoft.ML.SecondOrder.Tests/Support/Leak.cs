using TorchSharp;

namespace Microsoft.ML.SecondOrder.Tests.Support;

/// <summary>Fails a test that leaves tensors alive.</summary>
/// <remarks>
/// Counts this thread's live tensors, not the process's: other tests run beside, and a tensor that only the garbage
/// collector would free still counts as leaked.
/// </remarks>
public static class Leak
{
    /// <summary>Runs <paramref name="action"/> once to fill caches, then again, and fails if that second run left tensors behind.</summary>
    public static void None(Action action)
    {
        action();
        NoneAtOnce(action);
    }

    /// <summary>As <see cref="None"/>, without the run that fills caches.</summary>
    public static void NoneAtOnce(Action action)
    {
        var before = Live;

        action();

        var left = Live - before;
        Assert.True(left == 0, $"Expected no tensor to stay alive, but {left} more live on this thread than before. Dispose them, or move them to an outer scope.");
    }

    /// <summary>Tensors created and not yet disposed on this thread.</summary>
    public static long Live => DisposeScopeManager.Statistics.ThreadTotalLiveCount;
}
