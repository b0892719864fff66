#nullable disable
using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace TorchSharp.Utils;

/// <summary>A dictionary that enumerates its entries in the order of insertion.</summary>
public class OrderedDict<TKey, TValue> : IDictionary<TKey, TValue>, IList<(TKey, TValue)>
{
    private readonly List<(TKey Key, TValue Value)> _entries = new();
    private readonly Dictionary<TKey, TValue> _byKey = new();

    public int Count => _byKey.Count;
    public bool IsReadOnly => false;
    public ICollection<TKey> Keys => _entries.Select(e => e.Key).ToList();
    public ICollection<TValue> Values => _entries.Select(e => e.Value).ToList();
    public IEnumerator<(TKey, TValue)> items() => _entries.GetEnumerator();
    public IEnumerable<TKey> keys() => _byKey.Keys;
    public IEnumerable<TValue> values() => _byKey.Values;

    public (TKey, TValue) this[int index]
    {
        get => _entries[index];
        set
        {
            _entries[index] = value;
            _byKey[value.Item1] = value.Item2;
        }
    }

    public TValue this[TKey key]
    {
        get => _byKey[key];
        set
        {
            var known = _byKey.ContainsKey(key);
            _byKey[key] = value;
            if (known) _entries[Position(key)] = (key, value);
            else _entries.Add((key, value));
        }
    }

    public void Add(TKey key, TValue value)
    {
        _byKey.Add(key, value);
        _entries.Add((key, value));
    }

    public void Add((TKey, TValue) item) => Add(item.Item1, item.Item2);
    public void Add(KeyValuePair<TKey, TValue> item) => Add(item.Key, item.Value);

    public void Insert(int index, (TKey, TValue) item)
    {
        _byKey.Add(item.Item1, item.Item2);
        _entries.Insert(index, item);
    }

    public bool Remove(TKey key)
    {
        if (!_byKey.ContainsKey(key)) throw new KeyNotFoundException($"The given key '{key}' was not present in the dictionary.");
        _entries.RemoveAt(Position(key));
        return _byKey.Remove(key);
    }

    public bool Remove((TKey, TValue) item)
    {
        _byKey.Remove(item.Item1);
        return _entries.Remove(item);
    }

    public bool Remove(KeyValuePair<TKey, TValue> item) => _byKey.ContainsKey(item.Key) && Remove(item.Key);

    public void RemoveAt(int index)
    {
        if (index >= _entries.Count) throw new IndexOutOfRangeException();
        _byKey.Remove(_entries[index].Key);
        _entries.RemoveAt(index);
    }

    public void Clear()
    {
        _byKey.Clear();
        _entries.Clear();
    }

    public void clear() => Clear();
    public bool Contains((TKey, TValue) item) => _entries.Contains(item);
    public bool Contains(KeyValuePair<TKey, TValue> item) => _byKey.ContainsKey(item.Key);
    public bool ContainsKey(TKey key) => _byKey.ContainsKey(key);
    public bool TryGetValue(TKey key, [MaybeNullWhen(false)] out TValue value) => _byKey.TryGetValue(key, out value);
    public int IndexOf((TKey, TValue) item) => _entries.IndexOf(item);
    public void CopyTo((TKey, TValue)[] array, int arrayIndex) => _entries.CopyTo(array, arrayIndex);
    public void CopyTo(KeyValuePair<TKey, TValue>[] array, int arrayIndex) => throw new NotImplementedException();
    public IEnumerator<(TKey, TValue)> GetEnumerator() => _entries.GetEnumerator();
    IEnumerator<KeyValuePair<TKey, TValue>> IEnumerable<KeyValuePair<TKey, TValue>>.GetEnumerator() => throw new NotImplementedException();
    IEnumerator IEnumerable.GetEnumerator() => _entries.GetEnumerator();

    private int Position(TKey key) => _entries.FindIndex(e => e.Key.Equals(key));
}
