using System.Text.Json;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Goldens;

/// <summary>A step of K-FAC on the Poisson equation: Laplacian, losses, factors of both terms, direction.</summary>
internal static class PinnFile
{
    public static void Run(JsonElement inputs, JsonElement expected, Comparison comparison)
    {
        using var network = Network(inputs);
        var options = new KfacPinnOptions { Damping = inputs.Number("lam") };
        using var optimizer = new SecondOrderOptimizer(network, options, learningRate: 0);
        var (x, edge) = (inputs.Numbers("X"), inputs.Numbers("Xb"));
        var force = x.mul(Math.PI).sin().prod(1).mul(Math.PI * Math.PI * x.shape[1]).unsqueeze(1);
        var (value, _, laplacian) = ForwardLaplacian.Evaluate(network, x);
        var boundary = network.call(edge);
        optimizer.ObserveCurvature(laplacian, new GaussianLikelihood());
        optimizer.ObserveCurvature(boundary, new GaussianLikelihood());
        var inside = new GaussianLikelihood().Loss(laplacian, force.neg());
        var outside = new GaussianLikelihood().Loss(boundary, zeros_like(boundary));
        inside.add(outside).backward();
        optimizer.step();

        comparison.Add("u", value.detach().squeeze(1), expected.Numbers("u"));
        comparison.Add("Laplacian", laplacian.detach().squeeze(1), expected.Numbers("laplacian"));
        comparison.Add("loss inside", inside.detach().ToDouble(), expected.Number("loss_interior"));
        comparison.Add("loss on the boundary", outside.detach().ToDouble(), expected.Number("loss_boundary"));
        foreach (var (layer, reference) in optimizer.Layers.Zip(expected.GetProperty("layers").EnumerateArray()))
        {
            var state = layer.Preconditioner.State;
            comparison.Add($"A inside, {layer.Name}", state["A1"][0], reference.Numbers("A_interior"));
            comparison.Add($"G inside, {layer.Name}", state["G1"][0], reference.Numbers("B_interior"));
            comparison.Add($"A on the boundary, {layer.Name}", state["A2"][0], reference.Numbers("A_boundary"));
            comparison.Add($"G on the boundary, {layer.Name}", state["G2"][0], reference.Numbers("B_boundary"));
            var linear = (Linear)network.named_modules().Single(m => m.name == layer.Name).module;
            var gradient = cat([linear.weight.grad!, linear.bias!.grad!.unsqueeze(1)], 1);
            comparison.Add($"gradient, {layer.Name}", gradient, reference.Numbers("gradient"));
            comparison.Add($"direction, {layer.Name}", layer.Preconditioner.Precondition(gradient), reference.Numbers("direction"));
        }
    }

    private static Sequential Network(JsonElement inputs)
    {
        var modules = new List<(string, nn.Module<Tensor, Tensor>)>();
        using var gradMode = no_grad();
        foreach (var (w, b) in inputs.GetProperty("weights").EnumerateArray().Zip(inputs.GetProperty("biases").EnumerateArray()))
        {
            var weight = w.Numbers();
            var linear = nn.Linear(weight.shape[1], weight.shape[0], dtype: float64);
            linear.weight.copy_(weight);
            linear.bias!.copy_(b.Numbers());
            if (modules.Count > 0)
            {
                modules.Add(($"tanh{modules.Count}", nn.Tanh()));
            }

            modules.Add(($"linear{modules.Count}", linear));
        }

        return nn.Sequential(modules);
    }
}
