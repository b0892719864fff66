using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>
/// Where the weights of a network would go if they decayed at another rate, by its curvature: implicit differentiation (Larsen et al., 1998; Lorraine,
/// Vicol and Duvenaud, 2020, arXiv 1911.02590), but for a finite change and for the time that is left. A step θ ← θ − η((F + λ)⁻¹∇L + γθ) at rest
/// for γ moves, once the rate is γ', as dδ/dt = −(r + γ')δ − (γ' − γ)θ with r = f/(f + λ), in the basis of the eigenvectors of F = G ⊗ A / N. Owns its curvature.
/// </summary>
internal sealed class DecayResponse : IDisposable
{
    private readonly List<(CurvatureBlock Block, Tensor Weight, Tensor Ratios, Tensor Decayed)> _parts = [];

    /// <param name="curvature">Of the rows that are learned from.</param>
    /// <param name="damping">λ of a layer, by its name.</param>
    public DecayResponse(CurvatureSum curvature, Func<string, double> damping)
    {
        using var gradMode = no_grad();
        using var scope = NewDisposeScope();
        foreach (var block in curvature.Blocks(withVectors: true))
        {
            var device = block.InputFactor.device;
            var outputs = tensor(block.OutputEigenvalues, device: device).AtLeast(0).Over(curvature.Rows).unsqueeze(1);
            var products = outputs.mul(tensor(block.InputEigenvalues, device: device).AtLeast(0).unsqueeze(0)); // f: [O, I]
            var weight = CurvatureBlock.JointWeight(block.Layer).to(float64).clone(); // not the parameter itself
            var decayed = weight.clone();
            if (block.EndsWithBias)
            {
                decayed.narrow(1, block.Inputs - 1, 1).zero_();
            }

            var ratios = products.div(products.Plus(damping(block.Layer.Name)));
            var along = block.OutputVectors!.t().mm(decayed).mm(block.InputVectors!);
            _parts.Add((block, weight.DetachFromDisposeScope(), ratios.DetachFromDisposeScope(), along.DetachFromDisposeScope()));
        }
    }

    /// <summary>δ/θ after a time t: −(γ' − γ)(1 − exp(−(r + γ')t))/(r + γ').</summary>
    /// <param name="ratios">r, from 0 to 1.</param>
    /// <param name="from">γ.</param>
    /// <param name="to">γ', above 0.</param>
    /// <param name="time">t: the sum of the learning rates of the steps to come.</param>
    public static Tensor Reach(Tensor ratios, double from, double to, double time)
    {
        using var scope = NewDisposeScope();
        var speeds = ratios.Plus(to);
        return speeds.Times(-time).expm1().div(speeds).Times(to - from).MoveToOuterDisposeScope();
    }

    /// <summary>Puts the weights where they would go.</summary>
    public void Move(double from, double to, double time)
    {
        using var gradMode = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (block, weight, ratios, decayed) in _parts)
        {
            Set(block.Layer, weight.Plus(block.OutputVectors!.mm(decayed.mul(Reach(ratios, from, to, time))).mm(block.InputVectors!.t())));
        }
    }

    /// <summary>Puts the weights back.</summary>
    public void Restore()
    {
        using var gradMode = no_grad();
        foreach (var (block, weight, _, _) in _parts)
        {
            Set(block.Layer, weight);
        }
    }

    public void Dispose()
    {
        foreach (var (block, weight, ratios, decayed) in _parts)
        {
            block.Dispose();
            weight.Dispose();
            ratios.Dispose();
            decayed.Dispose();
        }
    }

    private static void Set(ModelLayer layer, Tensor joint)
    {
        using var scope = NewDisposeScope();
        var (weight, bias) = CurvatureBlock.Parts(layer, joint);
        layer.Rule.Weight.detach().copy_(weight);
        if (bias is not null)
        {
            layer.WithBias!.Bias!.detach().copy_(bias);
        }
    }
}
