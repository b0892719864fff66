using Microsoft.ML.Runtime;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>A training beside that of the model: of a network of its own, without rows to validate with, told to nobody and not saved. Owns network and optimizer.</summary>
internal sealed class SideTraining : IDisposable
{
    private readonly TrainingPlan _plan;
    private readonly NetworkShape _shape;
    private readonly Device _device;
    private readonly long _seed;

    /// <param name="plan">Of the training.</param>
    /// <param name="shape">Of its network.</param>
    /// <param name="device">The network's.</param>
    /// <param name="seed">Of weights, order of the rows and draws.</param>
    /// <param name="start">Prepares the network: given weights, frozen parameters; null for nothing.</param>
    public SideTraining(TrainingPlan plan, NetworkShape shape, Device device, long seed, Action<nn.Module>? start)
    {
        (_plan, _shape, _device, _seed) = (plan, shape, device, seed);
        Network = plan.Network.Create(shape, new Random(unchecked((int)seed))).to(device);
        start?.Invoke(Network);
        Optimizer = plan.NewOptimizer(Network, seed);
    }

    public nn.Module<Tensor, Tensor> Network { get; }

    public SecondOrderOptimizer Optimizer { get; }

    /// <summary>Called before each step, with its number; null for nothing.</summary>
    public Action<long>? BeforeStep { get; set; }

    /// <summary>Trains the network, and leaves it with the weights to keep.</summary>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public TrainingOutcome Run(LearningTask task, TrainingData data, TrainingSettings settings, Cancellation cancellation, IChannel channel)
    {
        var quiet = settings with { MetricsCallback = null, Checkpoints = null, Tuner = null, OnCancellation = CancellationBehavior.Throw };
        var loop = new TrainingLoop(_plan, _shape, task, data with { Validation = null }, quiet, cancellation, new TrainingClock(), channel) { IsQuiet = true, BeforeStep = BeforeStep };
        var outcome = loop.Run(Network, Optimizer, _device, new LoopState { Seed = _seed, OptimizerSeed = _seed }, []);
        ModuleWeights.Load(Network, outcome.Weights);
        return outcome;
    }

    public void Dispose()
    {
        Optimizer.Dispose();
        Network.Dispose();
    }
}
