namespace ImageClassification;

/// <summary>A grey picture and what it shows.</summary>
public sealed class Picture
{
    /// <summary>Brightness from 0 to 255, row by row.</summary>
    public float[] Pixels { get; set; } = [];

    public string Name { get; set; } = "";
}

/// <summary>What the network takes a picture for.</summary>
public sealed class Guess
{
    public string PredictedLabel { get; set; } = "";

    public float[] Score { get; set; } = [];

    public float[] Pixels { get; set; } = [];

    public string Name { get; set; } = "";
}

/// <summary>Pictures of one size.</summary>
public sealed record Album(int Width, int Height, IReadOnlyList<Picture> Pictures);
