using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Benchmarks.Evidence;

/// <summary>Trainings by decay and by the evidence in turn, in one process: the ratio of their processor times.</summary>
internal static class EvidenceCost
{
    private const int Turns = 7;

    public static void Run(StudyTable table, int size)
    {
        var rows = table.Train.Take(size).ToList();
        var (decay, evidence) = (new List<double>(), new List<double>());
        for (var turn = 0; turn <= Turns; turn++)
        {
            var plain = Seconds(table, rows, turn, Regularization.WeightDecay(TrainingDefaults.WeightDecay(rows.Count)));
            var chosen = Seconds(table, rows, turn, Regularization.MarginalLikelihood());
            if (turn > 0)
            {
                decay.Add(plain);
                evidence.Add(chosen);
            }
        }

        decay.Sort();
        evidence.Sort();
        Console.WriteLine($"cost {table.Name,-11}{rows.Count,6} rows: decay {decay[Turns / 2]:F3} s ({decay[0]:F3} to {decay[^1]:F3}), evidence {evidence[Turns / 2]:F3} s ({evidence[0]:F3} to {evidence[^1]:F3}), ratio of medians {evidence[Turns / 2] / decay[Turns / 2]:F2}");
    }

    private static double Seconds(StudyTable table, List<StudyRow> rows, int seed, Regularization regularization)
    {
        var before = Environment.CpuUsage.TotalTime;
        new StudyFit(table, seed).Fit(rows, regularization);
        return (Environment.CpuUsage.TotalTime - before).TotalSeconds;
    }
}
