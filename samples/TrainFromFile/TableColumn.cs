namespace TrainFromFile;

/// <summary>How a column is used.</summary>
internal enum ColumnKind
{
    Ignored,
    Number,
    Category,
    Text,
}

/// <summary>One column of the file.</summary>
/// <param name="Index">From 0.</param>
/// <param name="Name">From the header, or made up.</param>
/// <param name="Kind">How it is used.</param>
/// <param name="Why">What it was judged by, for the person who reads it.</param>
internal sealed record TableColumn(int Index, string Name, ColumnKind Kind, string Why)
{
    /// <summary>Whether some rows have no value here.</summary>
    public bool HasMissing { get; init; }

    /// <summary>The name of its property in generated code.</summary>
    public string Property { get; init; } = "";
}
