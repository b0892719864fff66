namespace Microsoft.ML.Data;

/// <summary>Areas under curves that depend only on the order of the scores.</summary>
internal static class RankedAreas
{
    /// <summary>The share of (positive, negative) pairs in which the positive has the higher score; a tie counts one half.</summary>
    public static double UnderRoc(float[] positives, float[] negatives)
    {
        float[] sorted = [.. negatives.Order()];
        double wins = 0;
        foreach (float score in positives)
            wins += 0.5 * (CountBelow(sorted, score, orEqual: false) + CountBelow(sorted, score, orEqual: true));
        return wins / ((double)positives.Length * negatives.Length);
    }

    /// <summary>
    /// Area under the precision-recall curve by the lower trapezoid estimator (Boyd, Eng and Page, ECML 2013, section 4.1).
    /// Rows of equal score are taken in their order in the data. ML.NET takes a random 100 000 rows of larger data; here all count.
    /// </summary>
    public static double UnderPrecisionRecall(IReadOnlyList<(float Score, bool Positive)> rows)
    {
        int positives = rows.Count(row => row.Positive);
        int hits = 0, taken = 0;
        double area = 0, recall = 0, precision = 1;
        foreach (var (_, positive) in rows.OrderByDescending(row => row.Score))
        {
            taken++;
            if (positive)
            {
                hits++;
                double nextRecall = (double)hits / positives;
                area += (nextRecall - recall) * (precision + (double)hits / taken) / 2;
                recall = nextRecall;
            }
            precision = (double)hits / taken;
        }
        return area;
    }

    /// <summary>How many of the ascending values lie below the limit.</summary>
    private static int CountBelow(float[] ascending, float limit, bool orEqual)
    {
        int low = 0, high = ascending.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (ascending[middle] < limit || orEqual && ascending[middle] == limit)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
