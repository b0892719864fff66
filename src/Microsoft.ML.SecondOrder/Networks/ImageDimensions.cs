namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>How the pixels of an image lie in a vector.</summary>
/// <param name="Channels">1 for grey, 3 for colours; at least 1.</param>
/// <param name="Height">Pixels from top to bottom, at least 1.</param>
/// <param name="Width">Pixels from left to right, at least 1.</param>
public sealed record ImageDimensions(int Channels, int Height, int Width)
{
    /// <summary>Whether the channels of a pixel lie side by side; otherwise each channel is an image of its own. Default false.</summary>
    public bool IsInterleaved { get; init; }

    /// <summary>How many numbers an image has.</summary>
    public long Size => (long)Channels * Height * Width;
}
