using Microsoft.ML.Runtime;

namespace Microsoft.ML;

public class LoggingEventArgs : EventArgs
{
    public LoggingEventArgs(string message) => Message = message;

    public LoggingEventArgs(string message, ChannelMessageKind kind, string source)
    {
        RawMessage = message;
        Kind = kind;
        Source = source;
        Message = $"[Source={source}, Kind={kind}] {message}";
    }

    /// <summary>Who sent it: "host; channel".</summary>
    public string Source { get; }

    public ChannelMessageKind Kind { get; }

    /// <summary>Source, kind and text in one line.</summary>
    public string Message { get; }

    public string RawMessage { get; }
}
