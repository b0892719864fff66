using System.Reflection;

namespace Microsoft.ML.AutoML;

/// <summary>What an experiment's parts ask for by type; of several the last one counts.</summary>
internal sealed class Services : IServiceProvider
{
    private readonly Dictionary<Type, Func<object>> _made = [];

    public object GetService(Type serviceType) => _made.TryGetValue(serviceType, out var make) ? make() : null;

    /// <summary>One for all who ask.</summary>
    public void AddShared<T>(Func<IServiceProvider, T> make)
        where T : class
    {
        var one = new Lazy<T>(() => make(this));
        _made[typeof(T)] = () => one.Value;
    }

    /// <summary>A new one for each who asks.</summary>
    public void AddNew<T>(Func<IServiceProvider, T> make)
        where T : class => _made[typeof(T)] = () => make(this);

    /// <summary>By the constructor with the most parameters that are all there or have a default.</summary>
    public static T Make<T>(IServiceProvider services)
    {
        foreach (var constructor in typeof(T).GetConstructors().OrderByDescending(c => c.GetParameters().Length))
        {
            var found = constructor.GetParameters().Select(p => (Parameter: p, Value: services.GetService(p.ParameterType))).ToList();
            if (found.All(f => f.Value is not null || f.Parameter.HasDefaultValue))
            {
                return (T)constructor.Invoke([.. found.Select(f => f.Value ?? f.Parameter.DefaultValue)]);
            }
        }

        throw new InvalidOperationException($"No constructor of {typeof(T)} finds all that it asks for.");
    }
}
