using Microsoft.ML.Data;

namespace GraphNodes;

/// <summary>A node of a graph with its neighbours after it.</summary>
public sealed class Node
{
    /// <summary>The most nodes of a row, the node itself included.</summary>
    public const int Nodes = 12;

    /// <summary>Numbers that describe each node.</summary>
    public const int Facts = 8;

    /// <summary>What is known of the node and of its neighbours, node by node; 0 where there are fewer.</summary>
    [VectorType(Nodes, Facts)]
    public float[] Known { get; set; } = [];

    /// <summary>1 where two of them are linked, row by row.</summary>
    [VectorType(Nodes, Nodes)]
    public float[] Links { get; set; } = [];

    /// <summary>What is known of the node alone.</summary>
    [VectorType(Facts)]
    public float[] Own { get; set; } = [];

    public string Group { get; set; } = "";
}

/// <summary>A graph that nobody made: nodes of a group are often linked, others seldom, and what is known of a node says little.</summary>
internal static class GraphGenerator
{
    private static readonly string[] _groups = ["red", "green", "blue", "grey"];

    public static List<Node> Generate(int count, int seed)
    {
        var random = new Random(seed);
        var groups = new int[count];
        var known = new float[count][];
        var neighbours = Enumerable.Range(0, count).Select(_ => new List<int>()).ToArray();
        for (var i = 0; i < count; i++)
        {
            groups[i] = random.Next(_groups.Length);
            known[i] = [.. Enumerable.Range(0, Node.Facts).Select(f => (f == groups[i] ? 1f : 0f) + 1.2f * Normal(random))];
        }

        for (var i = 0; i < count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                // On average 6 links within a group and 2 out of it.
                if (random.NextDouble() < (groups[i] == groups[j] ? 24.0 : 2.7) / count)
                {
                    neighbours[i].Add(j);
                    neighbours[j].Add(i);
                }
            }
        }

        return [.. Enumerable.Range(0, count).Select(i => One(i, known, neighbours, _groups[groups[i]]))];
    }

    private static Node One(int node, float[][] known, List<int>[] neighbours, string group)
    {
        int[] members = [node, .. neighbours[node].Take(Node.Nodes - 1)];
        var links = new float[Node.Nodes * Node.Nodes];
        for (var a = 0; a < members.Length; a++)
        {
            for (var b = 0; b < members.Length; b++)
            {
                links[a * Node.Nodes + b] = neighbours[members[a]].Contains(members[b]) ? 1 : 0;
            }
        }

        var all = new float[Node.Nodes * Node.Facts];
        for (var m = 0; m < members.Length; m++)
        {
            known[members[m]].CopyTo(all, m * Node.Facts);
        }

        return new Node { Known = all, Links = links, Own = known[node], Group = group };
    }

    private static float Normal(Random random) =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
}
