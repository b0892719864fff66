namespace Microsoft.ML.SecondOrder.Tests;

/// <summary>For tests that change what the whole process shares, such as the console or the current folder: they run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ProcessWide
{
    public const string Name = "Process-wide";
}
