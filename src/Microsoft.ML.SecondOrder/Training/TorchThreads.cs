using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>
/// Sets the number of libtorch's threads while a training runs. libtorch keeps the number with each thread that calls it,
/// and hands the latest to threads that are new to it: so of trainings side by side, the first remembers what the number
/// was, and each puts it back on its own thread.
/// </summary>
internal sealed class TorchThreads : IDisposable
{
    private static readonly Lock Gate = new();
    private static int _running;
    private static int _before;

    private bool _disposed;

    private TorchThreads()
    {
    }

    /// <summary>From now until it is disposed; null changes nothing.</summary>
    public static TorchThreads? Limit(int? threads)
    {
        if (threads is not { } count)
        {
            return null;
        }

        lock (Gate)
        {
            if (_running++ == 0)
            {
                _before = get_num_threads();
            }

            set_num_threads(count);
        }

        return new TorchThreads();
    }

    public void Dispose()
    {
        lock (Gate)
        {
            if (!_disposed)
            {
                _disposed = true;
                _running--;
                set_num_threads(_before);
            }
        }
    }
}
