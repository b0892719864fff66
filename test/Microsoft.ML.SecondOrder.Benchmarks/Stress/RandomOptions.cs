using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Preconditioners;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Benchmarks.Stress;

/// <summary>Option sets drawn at random, sensible or not: each ends in a finite model or in an error that says what is wrong.</summary>
public static class RandomOptions
{
    /// <summary>Fits with the options of a number and says what came of it; null where that is neither a finite model nor a clear error.</summary>
    public static string? Outcome(int number)
    {
        var random = new Random(number);
        var ml = new MLContext(seed: number);
        var task = StressTask.All[number % 3];
        var text = "";
        try
        {
            var model = task.Fit(ml, ml.Data.LoadFromEnumerable(StressRow.List(120, number)), o => text = Draw(o, random));
            return StressTask.IsUsable(ml, model) ? $"finite model, {model.Model.Summary.UndoneSteps} undone" : null;
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            return $"{error.GetType().Name}: {error.Message} [{text}]";
        }
    }

    private static string Draw(NeuralNetworkTrainerOptions options, Random random)
    {
        double Power(double least, double most) => Math.Pow(10, least + (most - least) * random.NextDouble());
        bool Maybe(double share = 0.5) => random.NextDouble() < share;
        options.Network = random.Next(4) switch
        {
            0 => Network.Mlp(),
            1 => Network.Mlp(random.Next(1, 40)),
            2 => Network.Mlp(16, 16) with { Activation = (Activation)random.Next(4) },
            _ => null,
        };
        options.Optimizer = Method(random, Power);
        options.MaximumNumberOfEpochs = Maybe() ? random.Next(1, 12) : null;
        options.MaximumNumberOfSteps = Maybe(0.7) || options.MaximumNumberOfEpochs is null ? random.Next(1, 60) : null;
        options.BatchSize = Maybe() ? (int)Power(0, 3.6) : null;
        options.MicroBatchSize = Maybe(0.3) ? (int)Power(0, 2) : null;
        options.LearningRate = Maybe() ? Power(-8, 6) : null;
        options.WeightDecay = Maybe(0.3) ? Power(-8, 3) : null;
        options.LearningRateSchedule = random.Next(5) switch
        {
            0 => TrainingSchedule.Constant(), 1 => TrainingSchedule.Linear(), 2 => TrainingSchedule.Exponential(Power(-6, 3)), _ => null,
        };
        options.DampingSchedule = Maybe(0.3) ? TrainingSchedule.Exponential(Power(-6, 3)) : null;
        options.ValidationSetFraction = Maybe(0.3) ? random.NextDouble() : null;
        options.EarlyStopping = Maybe(0.2) ? new EarlyStopping { Patience = random.Next(1, 4) } : null;
        options.MemoryBudget = Maybe(0.2) ? (long)Power(0, 5) : null;
        options.ExampleWeightColumnName = Maybe(0.3) ? "Weight" : null;
        options.MissingFeatures = (MissingFeatures)random.Next(3);
        return FormattableString.Invariant($"rate {options.LearningRate}, decay {options.WeightDecay}, batch {options.BatchSize}, {options.Optimizer}");
    }

    private static PreconditionerOptions? Method(Random random, Func<double, double, double> power) => random.Next(6) switch
    {
        0 => new KfacOptions
        {
            Damping = power(-12, 3), Fisher = (FisherKind)random.Next(3), DampingKind = (KfacDamping)random.Next(3), Solver = (KfacSolver)random.Next(2),
            CovarianceInterval = random.Next(1, 12), InverseInterval = random.Next(1, 12),
        },
        1 => new EkfacOptions { Damping = power(-12, 3), Fisher = (FisherKind)random.Next(3) },
        2 => new FoofOptions { Damping = power(-12, 3) },
        3 => new SingdOptions { Damping = random.Next(3) == 0 ? 0 : power(-8, 3), FactorRate = power(-4, 1), ScaledStart = random.Next(2) == 0, NormalizeFactorStep = random.Next(2) == 0 },
        _ => null,
    };
}
