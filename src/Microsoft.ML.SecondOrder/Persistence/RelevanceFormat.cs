using System.Collections.Immutable;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Persistence;

/// <summary>What each input matters, as plain values, and back.</summary>
internal static class RelevanceFormat
{
    private const int Least = sizeof(int) + sizeof(double);

    public static void Write(BodyWriter writer, ImmutableArray<InputRelevance> relevances)
    {
        writer.Int32(relevances.Length);
        foreach (var (name, relevance) in relevances)
        {
            writer.Text(name);
            writer.Double(relevance);
        }
    }

    /// <exception cref="FormatException">They are neither none nor as many as inputs, or one is not between 0 and 1.</exception>
    public static ImmutableArray<InputRelevance> Read(BodyReader reader, NetworkShape shape)
    {
        var count = reader.Count(Least, "relevances of inputs");
        if (count != 0 && count != shape.Inputs)
        {
            throw BodyReader.Damaged($"it has {shape.Inputs} inputs, but relevances of {count}");
        }

        var relevances = ImmutableArray.CreateBuilder<InputRelevance>(count);
        for (var i = 0; i < count; i++)
        {
            relevances.Add(new InputRelevance(reader.Text("the name of an input"), reader.Double("the relevance of an input")));
            if (!(relevances[i].Relevance is >= 0 and <= 1))
            {
                throw BodyReader.Damaged(FormattableString.Invariant($"the relevance of '{relevances[i].Name}' is {relevances[i].Relevance}"));
            }
        }

        return relevances.MoveToImmutable();
    }
}
