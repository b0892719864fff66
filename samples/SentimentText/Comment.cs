using Microsoft.ML.Data;

namespace SentimentText;

/// <summary>A comment, in the layout of ML.NET's tutorial file.</summary>
public sealed class Comment
{
    /// <summary>Whether it is rude.</summary>
    [LoadColumn(0)]
    [ColumnName("Label")]
    public bool IsToxic { get; set; }

    [LoadColumn(1)]
    public string Text { get; set; } = "";
}

/// <summary>What the network says of a comment.</summary>
public sealed class CommentPrediction
{
    [ColumnName("PredictedLabel")]
    public bool IsToxic { get; set; }

    public float Probability { get; set; }
}

/// <summary>Comments that nobody made. Some friendly ones hold rude words, with a "not" before them.</summary>
internal static class CommentGenerator
{
    private static readonly string[] _openings = ["Well,", "Honestly,", "I think", "In my view", "To be clear,", "As I said before,", ""];
    private static readonly string[] _subjects = ["this article", "your edit", "the last section", "that picture", "your comment", "the new title"];
    private static readonly string[] _good = ["helpful", "clear", "well written", "a good idea", "an improvement", "fair"];
    private static readonly string[] _bad = ["stupid", "garbage", "pathetic", "a joke", "the work of an idiot", "worthless"];
    private static readonly string[] _kindEnds = ["thank you.", "please keep it.", "I added a source.", "let us discuss it.", ""];
    private static readonly string[] _rudeEnds = ["get lost.", "stop wasting our time.", "you clown.", "nobody wants you here.", ""];

    public static IEnumerable<Comment> Generate(int count, int seed)
    {
        var random = new Random(seed);
        string One(string[] of) => of[random.Next(of.Length)];
        for (var i = 0; i < count; i++)
        {
            var toxic = random.Next(2) == 0;
            var judgement = toxic ? One(_bad) : random.Next(5) == 0 ? "not " + One(_bad) : One(_good);
            yield return new Comment { IsToxic = toxic, Text = $"{One(_openings)} {One(_subjects)} is {judgement}, {One(toxic ? _rudeEnds : _kindEnds)}" };
        }
    }
}
