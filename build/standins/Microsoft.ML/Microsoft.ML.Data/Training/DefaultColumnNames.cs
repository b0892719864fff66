namespace Microsoft.ML.Data;

/// <summary>The names of columns that ML.NET's defaults speak of.</summary>
internal static class DefaultColumnNames
{
    public const string Features = "Features";
    public const string Label = "Label";
    public const string Score = "Score";
    public const string Probability = "Probability";
    public const string PredictedLabel = "PredictedLabel";
    public const string GroupId = "GroupId";
}
