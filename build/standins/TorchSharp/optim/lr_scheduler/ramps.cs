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
                public class ConstantLR : LRScheduler
                {
                    private readonly double _factor;
                    private readonly int _total_iters;

                    public ConstantLR(Optimizer optimizer, double factor = 1.0 / 3, int total_iters = 5, int last_epoch = -1, bool verbose = false) : base(optimizer, last_epoch, verbose)
                    {
                        (_factor, _total_iters) = (factor, total_iters);
                        step();
                    }

                    protected override IEnumerable<double> get_lr() => Times(_last_epoch == 0 ? _factor : _last_epoch == _total_iters ? 1.0 / _factor : 1);
                    protected override IEnumerable<double> get_closed_form_lr() => BaseTimes(_last_epoch >= _total_iters ? 1 : _factor);
                }

                public class LinearLR : LRScheduler
                {
                    private readonly double _start, _end;
                    private readonly int _total_iters;

                    public LinearLR(Optimizer optimizer, double start_factor = 1.0 / 3, double end_factor = 1.0, int total_iters = 5, int last_epoch = -1, bool verbose = false) : base(optimizer, last_epoch, verbose)
                    {
                        (_start, _end, _total_iters) = (start_factor, end_factor, total_iters);
                        step();
                    }

                    protected override IEnumerable<double> get_lr()
                    {
                        if (_last_epoch == 0) return Times(_start);
                        if (_last_epoch > _total_iters) return Times(1);
                        return Times(1 + (_end - _start) / (_total_iters * _start + (_last_epoch - 1) * (_end - _start)));
                    }

                    protected override IEnumerable<double> get_closed_form_lr()
                        => BaseTimes(_start + (_end - _start) * Math.Min(_total_iters, _last_epoch) / _total_iters);
                }

                public class PolynomialLR : LRScheduler
                {
                    private readonly double _total_iters, _power;

                    public PolynomialLR(Optimizer optimizer, int total_iters = 5, double power = 1.0, int last_epoch = -1, bool verbose = false) : base(optimizer, last_epoch, verbose)
                    {
                        (_total_iters, _power) = (total_iters, power);
                        step();
                    }

                    protected override IEnumerable<double> get_lr()
                    {
                        if (_last_epoch == 0 || _last_epoch > _total_iters) return Times(1);
                        var ratio = (1.0 - _last_epoch / _total_iters) / (1.0 - (_last_epoch - 1) / _total_iters);
                        return Times(_power == 1 ? ratio : Math.Pow(ratio, _power));
                    }

                    protected override IEnumerable<double> get_closed_form_lr()
                        => BaseTimes(Math.Pow(1 - Math.Min(_total_iters, _last_epoch) / _total_iters, _power));
                }

                public class CosineAnnealingLR : LRScheduler
                {
                    private readonly double _period, _least;

                    public CosineAnnealingLR(Optimizer optimizer, double T_max, double eta_min = 0, int last_epoch = -1, bool verbose = false) : base(optimizer, last_epoch, verbose)
                    {
                        (_period, _least) = (T_max, eta_min);
                        step();
                    }

                    // From the rate before, so that other changes to it last; at the turn that would be 0/0.
                    protected override IEnumerable<double> get_lr()
                    {
                        if (_last_epoch == 0) return Times(1);
                        if ((_last_epoch - 1 - _period) % (2 * _period) == 0)
                            return Groups.Select((group, i) => group.LearningRate + (_base_lrs[i] - _least) * (1 - Math.Cos(Math.PI / _period)) / 2);
                        return Groups.Select(group => Height(_last_epoch) / Height(_last_epoch - 1) * (group.LearningRate - _least) + _least);
                    }

                    protected override IEnumerable<double> get_closed_form_lr()
                        => _base_lrs.Select(rate => _least + (rate - _least) * Height(_last_epoch) / 2);

                    private double Height(int epoch) => 1 + Math.Cos(Math.PI * epoch / _period);
                }
            }
        }
    }
}
