using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Selection;

/// <summary>What is to be selected, and by what.</summary>
/// <param name="Task">Of the label.</param>
/// <param name="Label">Its column, in the data or as pipelines make it.</param>
/// <param name="Weight">A column that says how much rows count; null for none.</param>
/// <param name="Criterion">Of the ranking.</param>
/// <param name="Time">For all; null for no limit.</param>
/// <param name="Options">The rest.</param>
internal sealed record SelectionPlan(NetworkTask Task, string Label, string? Weight, SelectionCriterion Criterion, TimeSpan? Time, SelectionOptions Options)
{
    public IEnumerable<string> Problems()
    {
        if (!Enum.IsDefined(Criterion))
        {
            yield return $"The criterion must be a value of its type, but is {Criterion}.";
        }

        if (Time is { } time && time <= TimeSpan.Zero)
        {
            yield return $"The time budget must be above 0, but is {time}.";
        }

        if (Options.SamplingKeyColumnName is not null && Criterion != SelectionCriterion.Folds)
        {
            yield return $"SamplingKeyColumnName keeps rows together, which only {nameof(SelectionCriterion)}.{nameof(SelectionCriterion.Folds)} can, but the criterion is {Criterion}.";
        }

        foreach (var problem in Options.Problems())
        {
            yield return problem;
        }
    }
}
