namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Which rows of a training are kept aside for validation.</summary>
internal sealed class HoldOut(double fraction, long seed)
{
    private const int Stream = -1;

    /// <summary>Whether a row is kept aside, by its number alone: for data that is read anew each epoch.</summary>
    public bool Takes(long row) => fraction > 0 && Seeds.Unit(seed, row) < fraction;

    /// <summary>Divides rows in memory: as many aside as the fraction says, but at least one on each side.</summary>
    public (int[] Training, int[] Validation) Split(int rows)
    {
        var random = Seeds.Random(seed, Stream);
        var order = Enumerable.Range(0, rows).ToArray();
        random.Shuffle(order);
        var aside = Math.Clamp((int)Math.Round(fraction * rows), 1, rows - 1);
        var (validation, training) = (order[..aside], order[aside..]);
        Array.Sort(validation);
        Array.Sort(training);
        return (training, validation);
    }
}
