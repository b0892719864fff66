using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Tests.Catalog;

/// <summary>The same examples with their features in sparse form.</summary>
internal static class SparseView
{
    public static IDataView Of(MLContext ml, IEnumerable<Example> rows) => ml.Data.LoadFromEnumerable(rows.Select(r => new SparseExample
    {
        Id = r.Id,
        Number = r.Number,
        Pair = r.Pair,
        Flag = r.Flag,
        Kind = r.Kind,
        Weight = r.Weight,
        Features = Sparse(r.Features),
    }));

    private static VBuffer<float> Sparse(float[] dense)
    {
        var indices = Enumerable.Range(0, dense.Length).Where(i => dense[i] != 0).ToArray();
        return new VBuffer<float>(dense.Length, indices.Length, [.. indices.Select(i => dense[i])], indices);
    }

    private sealed class SparseExample
    {
        public int Id { get; set; }

        public float Number { get; set; }

        [VectorType(2)]
        public float[] Pair { get; set; } = [];

        public bool Flag { get; set; }

        [KeyType(3)]
        public uint Kind { get; set; }

        public float Weight { get; set; }

        [VectorType(5)]
        public VBuffer<float> Features { get; set; }
    }
}
