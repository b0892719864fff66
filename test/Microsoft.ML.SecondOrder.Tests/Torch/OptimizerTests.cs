using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Torch;

/// <summary>Built-in optimizers, an optimizer of one's own, and schedules.</summary>
public sealed class OptimizerTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    /// <summary>Gradient descent, derived from the public base class as our own optimizer is.</summary>
    private sealed class Descent : optim.Optimizer
    {
        private readonly List<Parameter> _parameters;

        public Descent(IEnumerable<Parameter> parameters, double learningRate) : base(IntPtr.Zero)
        {
            _parameters = [.. parameters];
            _parameter_groups = [];
            add_param_group(new ParamGroup<OptimizerOptions>(_parameters, new OptimizerOptions { LearningRate = learningRate, InitialLearningRate = learningRate }));
        }

        public override IEnumerable<Parameter> parameters() => _parameters;

        public override void add_param_group(ParamGroup param_group) => _parameter_groups.Add(param_group);

        public override void zero_grad() => _parameters.ForEach(p => p.grad = null);

        public override Tensor step(Func<Tensor>? closure = null)
        {
            using var scope = NewDisposeScope();
            var loss = closure?.Invoke();
            using (no_grad())
            {
                foreach (var group in _parameter_groups)
                    foreach (var p in group.Parameters)
                        if (p.grad is { } gradient) p.add_(gradient, -group.LearningRate);
            }
            return loss?.MoveToOuterDisposeScope()!;
        }
    }

    [Fact]
    public void An_optimizer_of_ones_own_steps()
    {
        var p = new Parameter(tensor(new float[] { 1, 2 }));
        var optimizer = new Descent([p], 0.5);

        p.square().sum().backward();
        optimizer.step();

        Assert.Equal([0f, 0f], p.data<float>().ToArray());
        optimizer.zero_grad();
        Assert.Null(p.grad);
    }

    [Fact]
    public void It_takes_a_closure_and_gives_its_loss()
    {
        var p = new Parameter(ones(1));
        var optimizer = new Descent([p], 0.25);

        var loss = optimizer.step(() =>
        {
            var value = p.square().sum();
            value.backward();
            return value;
        });

        Assert.Equal(1, loss.ToSingle());
        Assert.Equal(0.5f, p.ToSingle());
    }

    [Fact]
    public void Schedulers_change_its_learning_rate()
    {
        var optimizer = new Descent([new Parameter(ones(1))], 0.8);
        double Rate() => optimizer.ParamGroups.Single().LearningRate;

        var step = optim.lr_scheduler.StepLR(optimizer, 2, 0.5);
        var rates = new List<double>();
        for (var i = 0; i < 4; i++)
        {
            step.step();
            rates.Add(Rate());
        }

        Assert.Equal([0.8, 0.4, 0.4, 0.2], rates, (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void Common_schedules_have_their_values()
    {
        Assert.Equal([1, 0.853553, 0.5, 0.146447, 0], Rates(o => optim.lr_scheduler.CosineAnnealingLR(o, 4), 4), (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.Equal([1, 0.9, 0.81], Rates(o => optim.lr_scheduler.ExponentialLR(o, 0.9), 2), (a, b) => Math.Abs(a - b) < 1e-9);
        Assert.Equal([1, 1, 0.5, 0.5], Rates(o => optim.lr_scheduler.LambdaLR(o, epoch => epoch < 2 ? 1 : 0.5), 3), (a, b) => Math.Abs(a - b) < 1e-9);
        Assert.Equal([1, 0.1, 0.1, 0.01], Rates(o => optim.lr_scheduler.MultiStepLR(o, [1, 3], 0.1), 3), (a, b) => Math.Abs(a - b) < 1e-9);
    }

    [Fact]
    public void Groups_may_have_learning_rates_of_their_own()
    {
        var (a, b) = (new Parameter(ones(1)), new Parameter(ones(1)));
        var optimizer = new Descent([a], 0.1);
        optimizer.add_param_group(new ParamGroup<OptimizerOptions>([b], new OptimizerOptions { LearningRate = 0.5, InitialLearningRate = 0.5 }));

        a.sum().backward();
        b.sum().backward();
        optimizer.step();

        Assert.Equal((0.9f, 0.5f), (a.ToSingle(), b.ToSingle()));
        Assert.Equal([0.1, 0.5], optimizer.ParamGroups.Select(g => g.LearningRate));
    }

    [Fact]
    public void Cycles_of_momentum_need_an_optimizer_that_has_one()
    {
        var optimizer = new Descent([new Parameter(ones(1))], 0.1);

        Assert.ThrowsAny<Exception>(() => optim.lr_scheduler.OneCycleLR(optimizer, 0.5, total_steps: 10));
        Assert.NotNull(optim.lr_scheduler.OneCycleLR(optimizer, 0.5, total_steps: 10, cycle_momentum: false));
        Assert.NotNull(optim.lr_scheduler.OneCycleLR(optim.SGD([new Parameter(ones(1))], 0.1, momentum: 0.9), 0.5, total_steps: 10));
    }

    [Fact]
    public void Stochastic_gradient_descent_steps_along_its_momentum()
    {
        var p = new Parameter(tensor(new float[] { 1 }));
        var optimizer = optim.SGD([p], 0.1, momentum: 0.5, weight_decay: 0.1);

        Step(p, optimizer);
        Assert.Equal(1 - 0.1f * 2.1f, p.ToSingle(), 5);
        var before = p.ToSingle();
        Step(p, optimizer);
        Assert.Equal(before - 0.1f * (0.5f * 2.1f + 2.1f * before), p.ToSingle(), 5);
    }

    [Fact]
    public void Adam_divides_by_the_root_of_the_second_moment()
    {
        var p = new Parameter(tensor(new float[] { 1, -3 }));

        Step(p, optim.Adam([p], 0.1));

        Assert.Equal([0.9f, -2.9f], p.data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void AdamW_decays_the_weights_beside_the_gradient()
    {
        var p = new Parameter(tensor(new float[] { 1, -3 }));

        Step(p, optim.AdamW([p], 0.1, weight_decay: 0.5));

        Assert.Equal([1 * 0.95f - 0.1f, -3 * 0.95f + 0.1f], p.data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void RMSProp_divides_by_the_root_of_the_mean_square()
    {
        var p = new Parameter(tensor(new float[] { 1, -3 }));

        Step(p, optim.RMSProp([p], 0.1, alpha: 0.75));

        Assert.Equal([1 - 0.2f, -3 + 0.2f], p.data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void The_state_of_an_optimizer_can_be_saved_and_continued()
    {
        using var folder = new Support.TemporaryFolder();
        var (p, q) = (new Parameter(tensor(new float[] { 1, -3 })), new Parameter(tensor(new float[] { 1, -3 })));
        OptimizerHelper first = optim.Adam([p], 0.1), second = optim.Adam([q], 0.1);
        Step(p, first);
        using (no_grad()) q.copy_(p);

        first.save_state_dict(folder.File("adam"));
        second.load_state_dict(folder.File("adam"));
        Step(p, first);
        Step(q, second);

        Assert.Equal(p.data<float>().ToArray(), q.data<float>().ToArray());
    }

    [Fact]
    public void Gradients_can_be_clipped()
    {
        var p = new Parameter(tensor(new float[] { 3, 4 }));
        p.square().sum().backward();

        var norm = nn.utils.clip_grad_norm_([p], 1.0);

        Assert.Equal(10, norm, 4);
        Assert.Equal(1, p.grad!.norm().ToSingle(), 4);
    }

    private static void Step(Parameter p, optim.Optimizer optimizer)
    {
        optimizer.zero_grad();
        p.square().sum().backward();
        optimizer.step();
    }

    private static List<double> Rates(Func<optim.Optimizer, optim.lr_scheduler.LRScheduler> schedule, int steps)
    {
        var optimizer = new Descent([new Parameter(ones(1))], 1);
        var scheduler = schedule(optimizer);
        var rates = new List<double> { optimizer.ParamGroups.Single().LearningRate };
        for (var i = 0; i < steps; i++)
        {
            scheduler.step();
            rates.Add(optimizer.ParamGroups.Single().LearningRate);
        }
        return rates;
    }
}
