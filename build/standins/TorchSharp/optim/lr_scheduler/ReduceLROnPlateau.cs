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
                /// <summary>Lowers the rates when the metric has not become better for some steps.</summary>
                public class ReduceLROnPlateau : LRScheduler
                {
                    private readonly int _patience, _cooldown;
                    private readonly bool _min, _relative;
                    private readonly double _threshold, _factor, _eps;
                    private readonly IList<double> _least;
                    private int _bad, _cooling;
                    private double _best;

                    public ReduceLROnPlateau(Optimizer optimizer, string mode = "min", double factor = 0.1, int patience = 10, double threshold = 1e-4, string threshold_mode = "rel", int cooldown = 0, IList<double> min_lr = null, double eps = 1e-8, bool verbose = false)
                        : base(optimizer, -1, verbose)
                    {
                        if (factor >= 1.0) throw new ArgumentException("Factor should be < 1.0");
                        if (mode is not ("min" or "max")) throw new ArgumentException($"mode {mode} is unknown!");
                        if (threshold_mode is not ("rel" or "abs")) throw new ArgumentException($"threshold mode {threshold_mode} is unknown!");

                        (_min, _relative, _threshold) = (mode == "min", threshold_mode == "rel", threshold);
                        (_factor, _patience, _cooldown, _eps) = (factor, patience, cooldown, eps);
                        _least = min_lr is { Count: > 1 } ? min_lr.ToList() : Enumerable.Repeat(min_lr is { Count: 1 } ? min_lr[0] : 0.0, _base_lrs.Count).ToList();
                        _best = _min ? double.PositiveInfinity : double.NegativeInfinity;
                    }

                    public override void step(double current, int? epoch = null)
                    {
                        _last_epoch = epoch ?? _last_epoch + 1;
                        if (IsBetter(current)) (_best, _bad) = (current, 0);
                        else _bad++;

                        if (_cooling > 0) (_cooling, _bad) = (_cooling - 1, 0);
                        if (_bad <= _patience) return;
                        Reduce();
                        (_cooling, _bad) = (_cooldown, 0);
                    }

                    public override void step()
                        => throw new InvalidOperationException("step() should not be used with the ReduceLROnPlateau scheduler. Use step(double, int?), instead.");

                    public override void step(int? epoch)
                        => throw new InvalidOperationException("step(int?) should not be used with the ReduceLROnPlateau scheduler. Use step(double, int?), instead.");

                    private bool IsBetter(double value) => (_min, _relative) switch
                    {
                        (true, true) => value < _best * (1 - _threshold),
                        (true, false) => value < _best - _threshold,
                        (false, true) => value > _best * (_threshold + 1),
                        (false, false) => value > _best + _threshold
                    };

                    private void Reduce()
                    {
                        var groups = Groups;
                        for (var i = 0; i < groups.Count; i++)
                        {
                            var (before, after) = (groups[i].LearningRate, Math.Max(groups[i].LearningRate * _factor, _least[i]));
                            if (before - after <= _eps) continue;
                            groups[i].LearningRate = after;
                            if (_verbose) Console.WriteLine($"Epoch {_last_epoch}: reducing learning rate of group {i} to {after:g4}.");
                        }
                    }
                }
            }
        }
    }
}
