using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Optimizers;

/// <summary>AdamW without decay on one parameter; see <see cref="FallbackOptions"/>. Owns its state.</summary>
internal sealed class FallbackUpdate(string name, Parameter parameter, FallbackOptions options) : IDisposable
{
    private readonly Tensor _mean = zeros_like(parameter).DetachFromDisposeScope();
    private readonly Tensor _square = zeros_like(parameter).DetachFromDisposeScope();
    private long _steps;

    public string Name => name;

    public Parameter Parameter => parameter;

    /// <summary>m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², θ ← θ − η m̂/(√v̂ + ε), with bias-corrected m̂ and v̂.</summary>
    public void Step(double gradientScale, double rateFactor)
    {
        using var gradient = parameter.grad;
        if (gradient is null)
        {
            return;
        }

        using var scope = NewDisposeScope();
        _steps++;
        var g = gradientScale == 1 ? gradient : gradient.div(gradientScale);
        _mean.mul_(options.Beta1);
        _mean.add_(g, 1 - options.Beta1);
        _square.mul_(options.Beta2);
        _square.addcmul_(g, g, 1 - options.Beta2);
        var meanCorrection = 1 - Math.Pow(options.Beta1, _steps);
        var root = _square.div(1 - Math.Pow(options.Beta2, _steps)).sqrt().add(options.Epsilon);
        parameter.addcdiv_(_mean, root, -options.LearningRate * rateFactor / meanCorrection);
    }

    public void Dispose()
    {
        _mean.Dispose();
        _square.Dispose();
    }
}
