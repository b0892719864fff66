namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>What a column of data looks like, before a network makes something of it.</summary>
internal enum ColumnForm
{
    /// <summary>One number.</summary>
    Number,

    /// <summary>Numbers in a row.</summary>
    Numbers,

    /// <summary>Numbers in two axes.</summary>
    Matrix,

    /// <summary>Numbers in three axes.</summary>
    Image,

    /// <summary>One key.</summary>
    Key,

    /// <summary>Keys in a row, of known number or not.</summary>
    Keys,
}
