namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>What to do where a network cannot read the features.</summary>
internal static class NetworkRemedies
{
    public const string Image =
        "Give it a vector column with the dimensions of an image, such as ExtractPixels makes, or name them with Options.ImageDimensions.";

    public const string Tokens = "Give it a vector column of keys, such as TokenizeIntoWords and MapValueToKey make.";
}
