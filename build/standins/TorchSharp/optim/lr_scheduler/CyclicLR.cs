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
                /// <summary>Rates up and down between two bounds, and the momentum with them.</summary>
                public class CyclicLR : LRScheduler
                {
                    public enum Mode
                    {
                        Triangular,
                        Triangular2,
                        ExpRange
                    }

                    public enum ScaleMode
                    {
                        Cycle,
                        Iterations
                    }

                    private readonly double _length, _rise;
                    private readonly Func<double, double> _scale;
                    private readonly bool _perCycle, _cycleMomentum;
                    private readonly List<double> _max_lrs, _baseMomentum, _maxMomentum;

                    public CyclicLR(Optimizer optimizer, double base_lr, double max_lr, int step_size_up = 2000, int step_size_down = -1, Mode mode = Mode.Triangular, double gamma = 1.0, Func<double, double> scale_fn = null, ScaleMode scale_mode = ScaleMode.Cycle, bool cycle_momentum = true, double base_momentum = 0.8, double max_momentum = 0.9, int last_epoch = -1, bool verbose = false)
                        : this(optimizer, Each(optimizer, base_lr), Each(optimizer, max_lr), step_size_up, step_size_down, mode, gamma, scale_fn, scale_mode, cycle_momentum, Each(optimizer, base_momentum), Each(optimizer, max_momentum), last_epoch, verbose) { }

                    public CyclicLR(Optimizer optimizer, IEnumerable<double> base_lr, IEnumerable<double> max_lr, int step_size_up = 2000, int step_size_down = -1, Mode mode = Mode.Triangular, double gamma = 1.0, Func<double, double> scale_fn = null, ScaleMode scale_mode = ScaleMode.Cycle, bool cycle_momentum = true, IEnumerable<double> base_momentum = null, IEnumerable<double> max_momentum = null, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        _length = step_size_up + (double)(step_size_down == -1 ? step_size_up : step_size_down);
                        _rise = step_size_up / _length;
                        _max_lrs = max_lr.ToList();
                        _base_lrs = base_lr.ToList();
                        var groups = Groups;
                        if (_last_epoch == -1)
                            for (var i = 0; i < groups.Count; i++) groups[i].LearningRate = _base_lrs[i];

                        _cycleMomentum = cycle_momentum;
                        if (cycle_momentum)
                        {
                            if (optimizer is not IMomentum) throw new ArgumentException("optimizer must support momentum with `cycle_momentum` option enabled");
                            _baseMomentum = (base_momentum ?? Each(optimizer, 0.8)).ToList();
                            _maxMomentum = (max_momentum ?? Each(optimizer, 0.9)).ToList();
                            if (_last_epoch == -1)
                                for (var i = 0; i < groups.Count; i++) ((IMomentum)groups[i]).Momentum = _baseMomentum[i];
                        }

                        _perCycle = scale_fn is null || scale_mode == ScaleMode.Cycle;
                        _scale = scale_fn ?? mode switch
                        {
                            Mode.Triangular2 => cycle => 1.0 / Math.Pow(2, cycle - 1),
                            Mode.ExpRange => cycle => Math.Pow(gamma, cycle),
                            _ => _ => 1.0
                        };
                        step();
                    }

                    // The momentum rises above its maximum, as in TorchSharp; PyTorch lowers it.
                    protected override IEnumerable<double> get_lr()
                    {
                        var groups = Groups;
                        var cycle = Math.Floor(1.0 + _last_epoch / _length);
                        var position = 1.0 + _last_epoch / _length - cycle;
                        var height = position <= _rise ? position / _rise : (position - 1) / (_rise - 1);
                        for (var i = 0; i < groups.Count; i++)
                        {
                            var scale = _scale(_perCycle ? cycle : _last_epoch);
                            if (_cycleMomentum)
                                ((IMomentum)groups[i]).Momentum = _maxMomentum[i] + (_maxMomentum[i] - _baseMomentum[i]) * height * scale;
                            yield return _base_lrs[i] + (_max_lrs[i] - _base_lrs[i]) * height * scale;
                        }
                    }

                    private static IEnumerable<double> Each(Optimizer optimizer, double value)
                        => optimizer is null ? [] : Enumerable.Repeat(value, optimizer.ParamGroups.Count());
                }
            }
        }
    }
}
