using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Persistence;

/// <summary>What takes the place of missing features, as plain values: 0 for nothing, or 1, the columns with an indicator, the values.</summary>
internal static class ImputationFormat
{
    private const string Indicators = "the columns with missing features";

    public static void Write(BodyWriter writer, Imputation? missing)
    {
        writer.Byte(missing is null ? (byte)0 : (byte)1);
        if (missing is null)
        {
            return;
        }

        writer.Int32(missing.Indicators.Length);
        foreach (var column in missing.Indicators)
        {
            writer.Int32(column);
        }

        writer.Doubles(missing.Values.AsSpan());
    }

    /// <param name="reader">Stands before them.</param>
    /// <param name="features">Columns of features.</param>
    /// <param name="inputs">Inputs of the network: an indicator for each column above those of the features.</param>
    public static Imputation? Read(BodyReader reader, int features, int inputs)
    {
        if (reader.Byte("whether missing features are filled") == 0)
        {
            return inputs == features ? null : throw BodyReader.Damaged($"{features} features do not make {inputs} inputs");
        }

        var columns = new int[reader.Count(sizeof(int), Indicators)];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = reader.Int32(Indicators);
            if (columns[i] <= (i == 0 ? -1 : columns[i - 1]) || columns[i] >= features)
            {
                throw BodyReader.Damaged($"{Indicators} are not ascending numbers below {features}");
            }
        }

        var values = reader.Doubles(features, "the values for missing features");
        return columns.Length != inputs - features ? throw BodyReader.Damaged($"{features} features and {columns.Length} indicators do not make {inputs} inputs")
            : values.All(double.IsFinite) ? new Imputation([.. values], [.. columns])
            : throw BodyReader.Damaged("the values for missing features are not finite");
    }
}
