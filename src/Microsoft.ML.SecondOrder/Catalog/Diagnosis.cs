using System.Text;

namespace Microsoft.ML.SecondOrder;

/// <summary>What <see cref="SecondOrderOperations.Diagnose"/> found.</summary>
/// <param name="Facts">Names and values, in the order to show them.</param>
/// <param name="Advice">What to do, one full sentence or two each; empty where nothing is wrong.</param>
public sealed record Diagnosis(IReadOnlyList<KeyValuePair<string, string>> Facts, IReadOnlyList<string> Advice)
{
    /// <summary>Whether networks can be trained.</summary>
    public bool CanTrain { get; init; }

    /// <summary>All of it as lines of text.</summary>
    public override string ToString()
    {
        var width = Facts.Count == 0 ? 0 : Facts.Max(f => f.Key.Length) + 2;
        var text = new StringBuilder();
        foreach (var (name, value) in Facts)
        {
            text.Append(name.PadRight(width)).AppendLine(value);
        }

        foreach (var sentence in Advice.DefaultIfEmpty("Nothing is wrong."))
        {
            text.Append("→ ").AppendLine(sentence);
        }

        return text.ToString();
    }
}
