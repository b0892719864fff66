using TorchSharp.Modules;
using static TorchSharp.torch.optim;

namespace Microsoft.ML.SecondOrder.Optimizers;

/// <summary>The settings of a group that schedulers may change while training.</summary>
public sealed class GroupOptions : OptimizerOptions
{
    /// <summary>Heavy-ball momentum.</summary>
    public double Momentum { get; set; }

    /// <summary>γ, the decay of the weights.</summary>
    public double WeightDecay { get; set; }
}

/// <summary>A parameter group of <see cref="SecondOrderOptimizer"/>, with a momentum that schedulers may cycle.</summary>
public sealed class LayerParamGroup : ParamGroup<GroupOptions>, IMomentum
{
    /// <param name="settings">What the group begins with.</param>
    /// <param name="parameters">Enumerated anew each time: moving a model to another device replaces its parameters.</param>
    internal LayerParamGroup(LayerGroup settings, IEnumerable<Parameter> parameters)
        : base(parameters, new GroupOptions
        {
            LearningRate = settings.LearningRate,
            InitialLearningRate = settings.LearningRate,
            Momentum = settings.Momentum,
            WeightDecay = settings.WeightDecay,
        })
    {
    }

    /// <summary>Heavy-ball momentum.</summary>
    public double Momentum
    {
        get => Options.Momentum;
        set => Options.Momentum = value;
    }
}
