using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>
/// Chooses the rate of weight decay while a network is trained: looks some dozen times what the curvature says that other rates would make of the
/// weights, and takes that with which rows do best that the network does not learn from. Owns its rows.
/// </summary>
internal sealed class DecayChoice : IDisposable
{
    private const int Looks = 12;

    /// <summary>Share of the steps before the first look and after the last. Earlier ones ask for a decay at which little is learned afterwards.</summary>
    private static readonly (double Before, double After) _looking = (0.3, 0.1);

    /// <summary>Changes of log γ that are looked at.</summary>
    private static readonly double[] _changes = [-1, -0.5, 0, 0.5, 1];

    /// <summary>How far log γ is from that of the rule of thumb, as a standard deviation: what some dozens of rows say is largely chance.</summary>
    private const double Spread = 1;

    /// <summary>
    /// Of γ; the most is 0.1 for the model, that of the rule of thumb. Decay that sets in before something is learned keeps it from being learned, and then the curvature
    /// says that it is right: with 0.15 four of five networks of 500 rows had 2.3 times the log-loss that they have with 0.1.
    /// </summary>
    private static readonly (double Least, double Most) _limits = (1e-4, 0.125);

    private const int MostRows = 1024;

    private readonly FoldNetwork _fold;
    private readonly SecondOrderOptimizer _optimizer;
    private readonly LearningTask _task;
    private readonly RowsInHand _learned;
    private readonly WeightAverage _average;
    private readonly long _seed;
    private readonly double _usual;
    private readonly double _belief;
    private readonly HashSet<long> _looks;
    private readonly long _averaged;
    private readonly long _last;
    private readonly double[] _rates;

    /// <param name="fold">In training with decay by a rule of thumb.</param>
    /// <param name="optimizer">Of its network.</param>
    /// <param name="task">What the outputs mean.</param>
    /// <param name="device">The network's.</param>
    /// <param name="seed">Of the draws for the curvature.</param>
    /// <param name="belief">How much the rule of thumb counts; 1/K where K choices are averaged.</param>
    public DecayChoice(FoldNetwork fold, SecondOrderOptimizer optimizer, LearningTask task, Device device, long seed, double belief)
    {
        (_fold, _optimizer, _task, _seed, _usual, _belief) = (fold, optimizer, task, seed, fold.Plan.WeightDecay, belief);
        _average = new WeightAverage(fold.Network);
        _learned = new RowsInHand(fold.Plan, fold.Learned, task, device, MostRows);
        var steps = fold.Plan.Steps;
        _looks = [.. Enumerable.Range(0, Looks).Select(i => (long)((_looking.Before + (1 - _looking.Before - _looking.After) * i / Looks) * steps))];
        _averaged = (long)(_looking.Before * steps - steps / (2.0 * Looks));
        _last = _looks.Max();
        _rates = new double[steps + 1];
        for (var step = steps - 1; step >= 0; step--)
        {
            _rates[step] = _rates[step + 1] + fold.Plan.LearningRate * fold.Plan.Factor(fold.Plan.LearningRateSchedule, step, TimeSpan.Zero);
        }

        Schedule = new DecaySchedule(_usual, []);
    }

    /// <summary>Rows that the fold's network learns from.</summary>
    public int Rows => _fold.Plan.Rows;

    /// <summary>What was chosen so far, for the rows of the fold.</summary>
    public DecaySchedule Schedule { get; private set; }

    /// <summary>Looks where it is time to.</summary>
    /// <param name="step">The step to come.</param>
    public void Before(long step)
    {
        if (step >= _averaged && step <= _last)
        {
            _average.Add();
        }

        if (!_looks.Contains(step))
        {
            return;
        }

        _average.Exchange();
        try
        {
            var rate = Best(step);
            Schedule = Schedule with { Changes = Schedule.Changes.Add(((double)step / _fold.Plan.Steps, rate)) };
            _optimizer.WeightDecay = rate;
        }
        catch (NumericalException)
        {
            // Weights that are no longer finite: the step itself says so, and is undone. The rate stays as it was.
        }
        finally
        {
            _average.Exchange();
            _average.Restart();
        }
    }

    public void Dispose()
    {
        _learned.Dispose();
        _average.Dispose();
    }

    private double Best(long step)
    {
        using var gradMode = no_grad();
        using var curvature = new CurvatureSum(_fold.Network, _task.Likelihood, new LaplaceOptions { Fisher = FisherKind.Sampled, Seed = unchecked((long)SeedSequence.At(_seed, step, 1)) });
        foreach (var (inputs, targets, weights) in _learned.Portions)
        {
            curvature.Add(inputs, targets, weights);
        }

        using var response = new DecayResponse(curvature, _optimizer.DampingOf);
        var now = Schedule.At(1);
        var best = (Rate: now, Cost: double.PositiveInfinity);
        foreach (var rate in _changes.Select(c => Math.Clamp(now * Math.Exp(c), _limits.Least, _limits.Most)).Distinct())
        {
            response.Move(now, rate, _rates[step]);
            var cost = Surprise() + 0.5 * _belief * Math.Pow(Math.Log(rate / _usual) / Spread, 2);
            best = cost < best.Cost ? (rate, cost) : best;
        }

        response.Restore();
        return best.Rate;
    }

    /// <summary>−log p of the rows that are not learned from, with the temperature, or the size of the noise, that suits them.</summary>
    private double Surprise()
    {
        using var scope = NewDisposeScope();
        using var mode = new EvaluationMode(_fold.Network);
        var (likelihood, rows) = (_task.Likelihood, _fold.Unseen.Portions);
        var outputs = cat(rows.Select(p => _fold.Network.call(p.Inputs)).ToList(), 0).to(float64);
        var targets = cat(rows.Select(p => p.Targets).ToList(), 0);
        var weights = rows[0].Weights is null ? null : cat(rows.Select(p => p.Weights!).ToList(), 0).to(float64);
        targets = targets.is_floating_point() ? targets.to(float64) : targets;
        if (likelihood.HasNoise)
        {
            return 0.5 * outputs.numel() * Math.Log(likelihood.Loss(outputs, targets, weights).ToDouble());
        }

        var temperature = TemperatureFit.Of(likelihood, outputs, targets, weights, TemperatureFit.Wrong(outputs, targets));
        return _fold.Unseen.Count * likelihood.Loss(outputs.Over(temperature), targets, weights).ToDouble();
    }
}
