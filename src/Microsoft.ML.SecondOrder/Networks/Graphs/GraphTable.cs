using System.Globalization;
using System.Text;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>A graph as a table for people.</summary>
internal static class GraphTable
{
    public static string Of(NetworkGraph graph, string title)
    {
        var rows = new List<string[]> { new[] { "Layer", "Kind", "Output", "Parameters", "Multiplications" } };
        for (var i = 1; i < graph.Nodes.Count; i++)
        {
            var (name, operation, _, shape) = graph.Nodes[i];
            var parameters = operation.Parameters(graph.OperandShapes(i)).Sum(p => p.Count);
            if (parameters > 0)
            {
                rows.Add([name, operation.GetType().Name, $"[{string.Join(", ", shape)}]", Number(parameters), Number(operation.Products(graph.OperandShapes(i)))]);
            }
        }

        rows.Add(["Total", "", "", Number(graph.Parameters.Sum(p => p.Plan.Count)), Number(graph.Products)]);
        var widths = Enumerable.Range(0, rows[0].Length).Select(c => rows.Max(r => r[c].Length)).ToArray();
        var text = new StringBuilder().AppendLine(title);
        foreach (var row in rows)
        {
            text.AppendLine(string.Join("  ", row.Select((cell, c) => c < 3 ? cell.PadRight(widths[c]) : cell.PadLeft(widths[c]))).TrimEnd());
        }

        return text.ToString();
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
