using System.Runtime.InteropServices;

namespace Microsoft.ML.Transforms.Text;

/// <summary>N-grams of keys, numbered in the order of their first occurrence.</summary>
internal sealed class NgramPool
{
    private readonly Dictionary<string, int> _slots = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _find;
    private readonly List<uint[]> _ngrams = [];

    public NgramPool() => _find = _slots.GetAlternateLookup<ReadOnlySpan<char>>();

    public int Count => _ngrams.Count;

    public IReadOnlyList<uint[]> Ngrams => _ngrams;

    /// <summary>-1 for an unknown one.</summary>
    public int Find(ReadOnlySpan<uint> ngram) => _find.TryGetValue(MemoryMarshal.Cast<uint, char>(ngram), out int slot) ? slot : -1;

    public int Add(ReadOnlySpan<uint> ngram)
    {
        int slot = _ngrams.Count;
        _find[MemoryMarshal.Cast<uint, char>(ngram)] = slot;
        _ngrams.Add(ngram.ToArray());
        return slot;
    }
}

internal delegate bool NgramVisitor(ReadOnlySpan<uint> ngram);

/// <summary>Goes through the n-grams of a sequence: by first item, then by length; with skips, depth first.</summary>
internal sealed class NgramWalk(int length, int skips)
{
    private readonly uint[] _ngram = new uint[length];

    /// <summary>Stops when the visitor returns false, and then returns false.</summary>
    public bool Visit(ReadOnlySpan<uint> keys, NgramVisitor visitor)
    {
        for (int first = 0; first < keys.Length; first++)
        {
            var window = keys.Slice(first, Math.Min(length + skips, keys.Length - first));
            _ngram[0] = window[0];
            if (!visitor(_ngram.AsSpan(0, 1)) || !Extend(window, 1, 0, visitor))
                return false;
        }

        return true;
    }

    private bool Extend(ReadOnlySpan<uint> window, int count, int skipped, NgramVisitor visitor)
    {
        if (count == length)
            return true;
        for (int skip = skipped; skip <= skips && count + skip < window.Length; skip++)
        {
            _ngram[count] = window[count + skip];
            if (!visitor(_ngram.AsSpan(0, count + 1)) || !Extend(window, count + 1, skip, visitor))
                return false;
        }

        return true;
    }
}
