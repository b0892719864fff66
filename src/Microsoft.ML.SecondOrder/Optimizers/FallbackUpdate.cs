using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Optimizers;

/// <summary>AdamW without decay on one parameter; see <see cref="FallbackOptions"/>. Owns its state.</summary>
internal sealed class FallbackUpdate(string name, Func<Parameter> find, FallbackOptions options) : IDisposable
{
    private Tensor _mean = zeros_like(find()).DetachFromDisposeScope();
    private Tensor _square = zeros_like(find()).DetachFromDisposeScope();
    private Parameter _parameter = find();

    public string Name => name;

    public Parameter Parameter => _parameter;

    /// <summary>Steps made so far, which the correction of the means needs.</summary>
    public long Steps { get; set; }

    /// <summary>The running means of the gradient and of its square.</summary>
    public IReadOnlyList<Tensor> State => [_mean, _square];

    /// <summary>m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², θ ← θ − η m̂/(√v̂ + ε), with bias-corrected m̂ and v̂.</summary>
    /// <param name="gradientScale">The factor by which gradients are too large.</param>
    /// <param name="clip">What is left of the gradient g, a scalar tensor; null for all.</param>
    /// <param name="rateFactor">Multiplies the learning rate η.</param>
    public void Step(double gradientScale, Tensor? clip, double rateFactor)
    {
        var parameter = Parameter;
        using var gradient = parameter.grad;
        if (gradient is null)
        {
            return;
        }

        using var scope = NewDisposeScope();
        Steps++;
        var g = (gradientScale == 1 ? gradient : gradient.Over(gradientScale)).Clipped(clip);
        _mean.ScaleInPlace(options.Beta1);
        _mean.AddInPlace(g, 1 - options.Beta1);
        _square.ScaleInPlace(options.Beta2);
        _square.AddProductInPlace(g, g, 1 - options.Beta2);
        var meanCorrection = 1 - Math.Pow(options.Beta1, Steps);
        var root = _square.Over(1 - Math.Pow(options.Beta2, Steps)).sqrt().Plus(options.Epsilon);
        parameter.AddQuotientInPlace(_mean, root, -options.LearningRate * rateFactor / meanCorrection);
    }

    public void To(Device device)
    {
        using var scope = NewDisposeScope();
        _parameter = find();
        var (mean, square) = (_mean, _square);
        _mean = mean.to(device, copy: true).DetachFromDisposeScope();
        _square = square.to(device, copy: true).DetachFromDisposeScope();
        mean.Dispose();
        square.Dispose();
    }

    public void Dispose()
    {
        _mean.Dispose();
        _square.Dispose();
    }
}
