#nullable disable
namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            public static partial class impl
            {
                /// <summary>One rise and one fall over all steps, the momentum the other way round.</summary>
                public class OneCycleLR : LRScheduler
                {
                    public enum AnnealStrategy
                    {
                        Cos,
                        Linear
                    }

                    private enum Level { Initial, Max, Min }

                    private readonly record struct Phase(double End, Level From, Level To, bool MomentumFromMax, bool MomentumToMax);

                    private readonly int _total;
                    private readonly bool _cosine, _cycleMomentum;
                    private readonly List<double> _maxRates;
                    private readonly double _div, _finalDiv;
                    private readonly Phase[] _phases;
                    private readonly List<double> _baseMomentum, _maxMomentum;

                    public OneCycleLR(Optimizer optimizer, double max_lr, int total_steps = -1, int epochs = -1, int steps_per_epoch = -1, double pct_start = 0.3, AnnealStrategy anneal_strategy = AnnealStrategy.Cos, bool cycle_momentum = true, double base_momentum = 0.85, double max_momentum = 0.95, double div_factor = 25, double final_div_factor = 1e4, bool three_phase = false, int last_epoch = -1, bool verbose = false)
                        : this(optimizer, Each(optimizer, max_lr), total_steps, epochs, steps_per_epoch, pct_start, anneal_strategy, cycle_momentum, Each(optimizer, base_momentum), Each(optimizer, max_momentum), div_factor, final_div_factor, three_phase, last_epoch, verbose) { }

                    public OneCycleLR(Optimizer optimizer, IEnumerable<double> max_lr, int total_steps = -1, int epochs = -1, int steps_per_epoch = -1, double pct_start = 0.3, AnnealStrategy anneal_strategy = AnnealStrategy.Cos, bool cycle_momentum = true, IEnumerable<double> base_momentum = null, IEnumerable<double> max_momentum = null, double div_factor = 25, double final_div_factor = 1e4, bool three_phase = false, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        if (cycle_momentum && optimizer is not (IMomentum or IBetas)) throw new ArgumentException("optimizer must support momentum with `cycle_momentum` option enabled");
                        if (pct_start is < 0 or > 1) throw new ArgumentException($"Expected float between 0 and 1 for pct_start, but got {pct_start}");
                        _total = Total(total_steps, epochs, steps_per_epoch);
                        (_cosine, _cycleMomentum) = (anneal_strategy == AnnealStrategy.Cos, cycle_momentum);
                        (_maxRates, _div, _finalDiv) = (max_lr.ToList(), div_factor, final_div_factor);
                        var rise = new Phase(pct_start * _total - 1, Level.Initial, Level.Max, true, false);
                        _phases = three_phase
                            ? [rise, new Phase(2 * pct_start * _total - 2, Level.Max, Level.Initial, false, true), new Phase(_total - 1, Level.Initial, Level.Min, true, true)]
                            : [rise, new Phase(_total - 1, Level.Max, Level.Min, false, true)];

                        if (cycle_momentum)
                        {
                            _baseMomentum = (base_momentum ?? Each(optimizer, 0.85)).ToList();
                            _maxMomentum = (max_momentum ?? Each(optimizer, 0.95)).ToList();
                            if (last_epoch == -1)
                                for (var i = 0; i < Groups.Count; i++) SetMomentum(Groups[i], _maxMomentum[i]);
                        }
                        step();
                    }

                    protected override IEnumerable<double> get_lr()
                    {
                        if (_last_epoch > _total)
                            throw new InvalidOperationException($"Tried to step {_last_epoch + 1} times. The specified number of total steps is {_total}");
                        var groups = Groups;
                        for (var i = 0; i < groups.Count; i++)
                        {
                            var (rate, momentum) = At(_last_epoch, i);
                            if (_cycleMomentum) SetMomentum(groups[i], momentum);
                            yield return rate;
                        }
                    }

                    // After the last phase's end everything is 0, as in TorchSharp; but the group whose number is that of
                    // the last phase stays in whatever phase comes first.
                    private (double Rate, double Momentum) At(int now, int group)
                    {
                        double start = 0;
                        foreach (var phase in _phases)
                        {
                            if (now <= phase.End || group == _phases.Length - 1)
                            {
                                var part = (now - start) / (phase.End - start);
                                var rate = Between(Rate(phase.From, group), Rate(phase.To, group), part);
                                var momentum = _cycleMomentum
                                    ? Between(Momentum(phase.MomentumFromMax, group), Momentum(phase.MomentumToMax, group), part)
                                    : 0;
                                return (rate, momentum);
                            }
                            start = phase.End;
                        }
                        return (0, 0);
                    }

                    private double Between(double from, double to, double part)
                        => _cosine ? to + (from - to) / 2.0 * (Math.Cos(Math.PI * part) + 1) : (to - from) * part + from;

                    private double Rate(Level level, int group) => level switch
                    {
                        Level.Max => _maxRates[group],
                        Level.Initial => _maxRates[group] / _div,
                        _ => _maxRates[group] / _div / _finalDiv
                    };

                    private double Momentum(bool max, int group) => (max ? _maxMomentum : _baseMomentum)[group];

                    private static void SetMomentum(ILearningRateController group, double value)
                    {
                        if (group is IBetas betas) betas.Betas = (value, betas.Betas.Item2);
                        else ((IMomentum)group).Momentum = value;
                    }

                    private static int Total(int total_steps, int epochs, int steps_per_epoch)
                    {
                        if (total_steps == -1 && epochs == -1 && steps_per_epoch == -1)
                            throw new ArgumentException("You must define either total_steps OR (epochs AND steps_per_epoch)");
                        if (total_steps != -1)
                            return total_steps > 0 ? total_steps : throw new ArgumentException($"Expected positive integer total_steps, but got {total_steps}");
                        if (epochs <= 0) throw new ArgumentException($"Expected positive integer epochs, but got {epochs}");
                        if (steps_per_epoch <= 0) throw new ArgumentException($"Expected positive integer steps_per_epoch, but got {steps_per_epoch}");
                        return epochs * steps_per_epoch;
                    }

                    private static IEnumerable<double> Each(Optimizer optimizer, double value)
                        => optimizer is null ? [] : Enumerable.Repeat(value, optimizer.ParamGroups.Count());
                }
            }
        }
    }
}
