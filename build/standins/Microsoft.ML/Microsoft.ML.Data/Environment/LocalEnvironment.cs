using System.Collections.Concurrent;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// The environment behind an <see cref="MLContext"/>, and each host registered in it. Hosts share the listeners and the
/// component catalog; each has a random generator of its own, seeded from its parent's.
/// </summary>
internal class LocalEnvironment : IHostEnvironmentInternal, ICancelable
{
    private readonly Lock _lock = new();
    private readonly LocalEnvironment _parent;
    private readonly LocalEnvironment _root;
    private readonly List<WeakReference<LocalEnvironment>> _children = [];
    private readonly Dictionary<string, object> _options = [];
    private Action<string, ChannelMessage> _listeners;

    public LocalEnvironment(int? seed)
    {
        _root = this;
        Seed = seed;
        Rand = RandomUtils.Create(seed);
        ComponentCatalog = new ComponentCatalog();
        TempFilePath = Path.GetTempPath();
    }

    private LocalEnvironment(LocalEnvironment parent, string name, Random rand)
    {
        _parent = parent;
        _root = parent._root;
        Seed = parent.Seed;
        Rand = rand;
        ComponentCatalog = parent.ComponentCatalog;
        TempFilePath = parent.TempFilePath;
        GpuDeviceId = parent.GpuDeviceId;
        FallbackToCpu = parent.FallbackToCpu;
        IsCanceled = parent.IsCanceled;
        // As in ML.NET, the name of the parent's parent comes first: "Trainer", not "Trainer; Trainer".
        FullName = parent._parent?.FullName is { } prefix ? $"{prefix}; {name}" : name;
    }

    public Random Rand { get; }

    public int? Seed { get; }

    public ComponentCatalog ComponentCatalog { get; }

    public string TempFilePath { get; set; }

    public bool FallbackToCpu { get; set; }

    public int? GpuDeviceId { get; set; }

    public bool IsCanceled { get; private set; }

    public string FullName { get; }

    public string ContextDescription => "HostEnvironment";

    public TException Process<TException>(TException ex) where TException : Exception => ex == null ? null : Contracts.Mark(ex);

    public IHost Register(string name, int? seed = null, bool? verbose = null)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        lock (_lock)
        {
            var host = new Host(this, name, seed is { } s ? RandomUtils.Create((uint)s) : RandomUtils.Create(Rand));
            _children.RemoveAll(child => !child.TryGetTarget(out _));
            _children.Add(new WeakReference<LocalEnvironment>(host));
            return host;
        }
    }

    public void CancelExecution()
    {
        lock (_lock)
        {
            foreach (var child in _children)
            {
                if (child.TryGetTarget(out var host))
                    host.CancelExecution();
            }

            IsCanceled = true;
        }
    }

    public IChannel Start(string name) => new Channel(_root, FullName, name);

    public IPipe<TMessage> StartPipe<TMessage>(string name) => new Pipe<TMessage>();

    public IProgressChannel StartProgressChannel(string name)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        return new ProgressChannel();
    }

    /// <summary>Calls the listener with the source's name and the message.</summary>
    public void AddListener(Action<string, ChannelMessage> listener) => _root._listeners += listener;

    public void Send(string source, ChannelMessage message) => _root._listeners?.Invoke(source, message);

    public bool TryAddOption<T>(string name, T value) => _options.TryAdd(Named(name), value);

    public void SetOption<T>(string name, T value) => _options[Named(name)] = value;

    public bool TryGetOption<T>(string name, out T value)
    {
        bool found = _options.TryGetValue(Named(name), out var any) && any is T;
        value = found ? (T)any : default;
        return found;
    }

    public T GetOptionOrDefault<T>(string name)
    {
        TryAddOption<T>(name, default);
        return (T)_options[name];
    }

    public bool RemoveOption(string name) => _options.Remove(Named(name));

    private static string Named(string name) => string.IsNullOrWhiteSpace(name) ? throw new ArgumentNullException(nameof(name)) : name;

    private sealed class Host(LocalEnvironment parent, string name, Random rand) : LocalEnvironment(parent, name, rand), IHost;
}
