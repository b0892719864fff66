using System.Diagnostics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Sends messages to the listeners of its environment under the name "host; channel".</summary>
internal sealed class Channel : IChannel
{
    private readonly LocalEnvironment _environment;
    private readonly string _source;
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private bool _disposed;

    public Channel(LocalEnvironment environment, string owner, string name)
    {
        _environment = environment;
        _source = string.IsNullOrEmpty(owner) ? name : $"{owner}; {name}";
        Trace(MessageSensitivity.None, "Channel started");
    }

    public string ContextDescription => _source;

    public TException Process<TException>(TException ex) where TException : Exception => ex == null ? null : Contracts.Mark(ex);

    public void Send(ChannelMessage msg) => _environment.Send(_source, msg);

    public void Trace(MessageSensitivity sensitivity, string fmt) => Send(new(ChannelMessageKind.Trace, sensitivity, fmt));
    public void Trace(MessageSensitivity sensitivity, string fmt, params object[] args) => Send(new(ChannelMessageKind.Trace, sensitivity, fmt, args));
    public void Error(MessageSensitivity sensitivity, string fmt) => Send(new(ChannelMessageKind.Error, sensitivity, fmt));
    public void Error(MessageSensitivity sensitivity, string fmt, params object[] args) => Send(new(ChannelMessageKind.Error, sensitivity, fmt, args));
    public void Warning(MessageSensitivity sensitivity, string fmt) => Send(new(ChannelMessageKind.Warning, sensitivity, fmt));
    public void Warning(MessageSensitivity sensitivity, string fmt, params object[] args) => Send(new(ChannelMessageKind.Warning, sensitivity, fmt, args));
    public void Info(MessageSensitivity sensitivity, string fmt) => Send(new(ChannelMessageKind.Info, sensitivity, fmt));
    public void Info(MessageSensitivity sensitivity, string fmt, params object[] args) => Send(new(ChannelMessageKind.Info, sensitivity, fmt, args));

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Trace(MessageSensitivity.None, "Channel finished. Elapsed {0:c}.", _watch.Elapsed);
        Trace(MessageSensitivity.None, "Channel disposed");
    }
}

/// <summary>A pipe of other messages; nobody can listen to it.</summary>
internal sealed class Pipe<TMessage> : IPipe<TMessage>
{
    public string ContextDescription => nameof(Pipe<TMessage>);

    public TException Process<TException>(TException ex) where TException : Exception => ex;

    public void Send(TMessage msg)
    {
    }

    public void Dispose()
    {
    }
}

/// <summary>Progress is kept for listeners only, and an <see cref="MLContext"/> has none; it checks its use all the same.</summary>
internal sealed class ProgressChannel : IProgressChannel
{
    private ProgressHeader _header = new([], []);

    public IProgressChannel StartProgressChannel(string name) => new ProgressChannel();

    public void SetHeader(ProgressHeader header, Action<IProgressEntry> fillAction)
    {
        Contracts.CheckValue(header, nameof(header));
        Contracts.CheckValue(fillAction, nameof(fillAction));
        _header = header;
    }

    public void Checkpoint(params double?[] values)
    {
        // Metrics, then progress, then perhaps limits.
        int most = _header.MetricNames.Count + 2 * _header.UnitNames.Count;
        Contracts.Check(values == null || values.Length <= most, "Too many values provided in Checkpoint");
    }

    public void Dispose()
    {
    }
}
