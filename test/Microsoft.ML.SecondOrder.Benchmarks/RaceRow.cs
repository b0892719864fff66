using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>A row of any of the tasks of <see cref="RaceTask"/>.</summary>
internal sealed class RaceRow
{
    /// <summary>Numbers, pixels, or what describes the nodes of a graph.</summary>
    public float[] Numbers { get; set; } = [];

    /// <summary>Categories or words, from 1; 0 is none.</summary>
    public uint[] Keys { get; set; } = [];

    /// <summary>1 where two nodes are linked, row by row.</summary>
    public float[] Links { get; set; } = [];

    /// <summary>The class, from 0, as ML.NET's keys in memory are.</summary>
    [KeyType(10)]
    public uint Label { get; set; }

    /// <summary>For regression.</summary>
    public float Number { get; set; }
}
