#nullable disable
using System.Collections;
using System.Diagnostics.CodeAnalysis;
using TorchSharp.Utils;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules
{
    /// <summary>Modules by name, in the order of insertion, registered when the parent registers the dictionary.</summary>
    public class ModuleDict<T> : Module, IDictionary<string, T>, IList<(string, T)> where T : Module
    {
        private readonly OrderedDict<string, T> _modules = new();
        private bool _registered;

        public ModuleDict() : base(nameof(ModuleDict)) { }

        public (string, T) this[int index]
        {
            get => _modules[index];
            set => _modules[index] = value;
        }

        public T this[string key]
        {
            get => _modules[key];
            set => _modules[key] = value;
        }

        public int Count => _modules.Count;
        public bool IsReadOnly => false;
        public ICollection<string> Keys => _modules.Keys;
        public ICollection<T> Values => _modules.Values;
        public IEnumerator<(string, T)> items() => _modules.items();
        public IEnumerable<string> keys() => _modules.keys();
        public IEnumerable<T> values() => _modules.values();
        public void Add((string, T) item) => _modules.Add(item);
        public void Add(string key, T value) => _modules.Add(key, value);
        public void Add(KeyValuePair<string, T> item) => _modules.Add(item);
        public void Insert(int index, (string, T) item) => _modules.Insert(index, item);
        public bool Remove((string, T) item) => _modules.Remove(item);
        public bool Remove(string key) => _modules.Remove(key);
        public bool Remove(KeyValuePair<string, T> item) => _modules.Remove(item);
        public void RemoveAt(int index) => _modules.RemoveAt(index);
        public void Clear() => _modules.Clear();
        public void clear() => _modules.Clear();
        public bool Contains((string, T) item) => _modules.Contains(item);
        public bool Contains(KeyValuePair<string, T> item) => _modules.Contains(item);
        public bool ContainsKey(string key) => _modules.ContainsKey(key);
        public bool TryGetValue(string key, [MaybeNullWhen(false)] out T value) => _modules.TryGetValue(key, out value);
        public int IndexOf((string, T) item) => _modules.IndexOf(item);
        public void CopyTo((string, T)[] array, int arrayIndex) => _modules.CopyTo(array, arrayIndex);
        public void CopyTo(KeyValuePair<string, T>[] array, int arrayIndex) => _modules.CopyTo(array, arrayIndex);
        public IEnumerator<(string, T)> GetEnumerator() => _modules.GetEnumerator();
        IEnumerator<KeyValuePair<string, T>> IEnumerable<KeyValuePair<string, T>>.GetEnumerator() => throw new NotImplementedException();
        IEnumerator IEnumerable.GetEnumerator() => _modules.GetEnumerator();

        protected override void RegisterComponents()
        {
            if (_registered) return;
            foreach (var (name, module) in _modules) register_module(name, module);
            _registered = true;
        }
    }
}

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class nn
        {
            public static ModuleDict<Module> ModuleDict(params (string, Module)[] modules) => ModuleDict<Module>(modules);

            public static ModuleDict<T> ModuleDict<T>(params (string, T)[] modules) where T : Module
            {
                var result = new ModuleDict<T>();
                foreach (var entry in modules) result.Add(entry);
                return result;
            }
        }
    }
}
