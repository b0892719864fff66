namespace TrainFromFile;

/// <summary>A mistake of the person at the keyboard, told in full sentences.</summary>
internal sealed class SampleException(int code, string message) : Exception(message)
{
    public const int BadData = 1;
    public const int BadUsage = 2;

    /// <summary>The exit code of the program.</summary>
    public int Code { get; } = code;
}
