using System.Text;

namespace Microsoft.ML.SecondOrder.Selection;

/// <summary>What a selection came to.</summary>
public sealed class SelectionResult
{
    internal SelectionResult(ITransformer best, Leaderboard leaderboard, string task)
    {
        (Best, Leaderboard, Task) = (best, leaderboard, task);
    }

    /// <summary>The model that was ranked first, trained on all rows: an ordinary transformer for <c>ml.Model.Save</c> and the rest.</summary>
    public ITransformer Best { get; }

    /// <summary>All candidates; <c>ToString()</c> makes a table.</summary>
    public Leaderboard Leaderboard { get; }

    /// <summary>What was predicted, in words.</summary>
    internal string Task { get; }

    /// <summary>Writes all that is known of the candidates as one HTML file with plots that opens anywhere, holds no script and loads nothing.</summary>
    /// <param name="filePath">The file to write; an older one is replaced.</param>
    /// <param name="title">The heading. Default null: made from the task.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SaveReport(string filePath, string? title = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(filePath);
        File.WriteAllText(filePath, SelectionPage.Render(this, title ?? $"Choice of a model: {Task}"), new UTF8Encoding(false));
    }
}
