using Microsoft.ML.Data;

namespace TextClassification;

/// <summary>A comment, in the layout of ML.NET's tutorial file.</summary>
public sealed class Comment
{
    /// <summary>Whether it finds fault: rude comments in the file.</summary>
    [LoadColumn(0)]
    [ColumnName("Label")]
    public bool FindsFault { get; set; }

    [LoadColumn(1)]
    public string Text { get; set; } = "";
}

/// <summary>What the network says of a comment.</summary>
public sealed class CommentPrediction
{
    [ColumnName("PredictedLabel")]
    public bool FindsFault { get; set; }

    public float Probability { get; set; }
}

/// <summary>Comments that nobody made. Only the order of the words tells praise from blame: both say the same words equally often.</summary>
internal static class CommentGenerator
{
    private static readonly string[] _things = ["plot", "film", "music", "cast", "ending", "camera", "dialogue", "story"];
    private static readonly string[] _good = ["great", "clever", "moving", "funny"];
    private static readonly string[] _bad = ["dull", "silly", "tired", "loud"];
    private static readonly string[] _ends = ["", "as they say", "if you ask me", "from start to end"];

    public static IEnumerable<Comment> Generate(int count, int seed)
    {
        var random = new Random(seed);
        string One(string[] of) => of[random.Next(of.Length)];
        for (var i = 0; i < count; i++)
        {
            var (finds, good, bad) = (random.Next(2) == 0, One(_good), One(_bad));
            var judgement = finds ? $"{bad} and not {good}" : $"{good} and not {bad}";
            yield return new Comment { FindsFault = finds, Text = $"The {One(_things)} is {judgement} {One(_ends)}".Trim() };
        }
    }
}
