using Microsoft.ML.Runtime;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>The two ways to stop a training: the caller's token, and <c>MLContext.CancelExecution</c>, which AutoML calls.</summary>
internal sealed class Cancellation(IHost host, CancellationToken token)
{
    private readonly Func<bool> _contextCancelled = HostSettings.Cancelled(host);

    /// <summary>Whether one of them asks to stop.</summary>
    public bool IsRequested => token.IsCancellationRequested || _contextCancelled();

    /// <exception cref="OperationCanceledException">One of them asks to stop.</exception>
    public void ThrowIfRequested()
    {
        token.ThrowIfCancellationRequested();
        if (_contextCancelled())
        {
            throw new OperationCanceledException("The training was cancelled through its MLContext.");
        }
    }
}
