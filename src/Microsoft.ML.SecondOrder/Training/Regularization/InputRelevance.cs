using System.Collections.Immutable;
using Microsoft.ML.SecondOrder.MarginalLikelihood;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>How much one input of a network matters: what automatic relevance determination (MacKay, 1994; Neal, 1996) has found for it.</summary>
/// <param name="Name">Of the slot of the feature column; where it has none, the column's name and the place, as in <c>Features.3</c>.</param>
/// <param name="Relevance">
/// √(δ₀/δ), from above 0 to 1 for the input that matters most: δ is the prior precision that the evidence gave the input's column of weights in the first
/// layer, δ₀ the least of all inputs. Inputs that matter only symmetrically around their mean come out too low.
/// </param>
public sealed record InputRelevance(string Name, double Relevance)
{
    /// <summary>One an input, in their order; empty where they have no precisions of their own.</summary>
    internal static ImmutableArray<InputRelevance> Of(HyperParameters? found, ImmutableArray<FeatureColumn> columns, DataViewSchema schema, FeatureScaling scaling)
    {
        if (found?.Prior != PriorPrecision.PerInput)
        {
            return [];
        }

        var names = columns.SelectMany(c => SlotNames.OrPlaces(schema[c.Name], c.Segment.Size)).ToList();
        names.AddRange((scaling.Missing?.Indicators ?? []).Select(i => $"{names[i]} is missing").ToList());
        var precisions = found.Precisions.Take(names.Count).ToList();
        var least = precisions.Min();
        return [.. names.Zip(precisions, (name, precision) => new InputRelevance(name, Math.Sqrt(least / precision)))];
    }
}
