using System.Text.Json;
using Microsoft.ML.SecondOrder.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Goldens;

/// <summary>The steps of one run, with its micro-batches, loss scales and skipped steps.</summary>
internal sealed class Trajectory(GoldenFile problem, JsonElement protocol, GoldenNetwork network, SecondOrderOptimizer optimizer, ScalarType type)
{
    private readonly List<JsonElement> _batches = [.. problem.Root.GetProperty("batches").EnumerateArray()];
    private readonly long[]? _micro = protocol.Find("micro") is null ? null : protocol.Sizes("micro");
    private readonly double[]? _scales = protocol.Find("grad_scales")?.EnumerateArray().Select(s => s.GetDouble()).ToArray();
    private readonly HashSet<int> _skipped = protocol.Find("found_inf_steps")?.EnumerateArray().Select(s => s.GetInt32()).ToHashSet() ?? [];

    /// <summary>Makes the steps that a file has losses of, and compares losses and weights with it.</summary>
    /// <param name="root">The file.</param>
    /// <param name="comparison">Receives the deviations.</param>
    /// <param name="compareState">Compares the rest of a snapshot.</param>
    public void Compare(JsonElement root, Comparison comparison, Action<JsonElement> compareState)
    {
        var losses = root.GetProperty("losses").EnumerateArray().Select(l => l.GetDouble()).ToList();
        var snapshots = root.GetProperty("snapshots").EnumerateArray().ToDictionary(s => s.Integer("step"));
        for (var step = 0; step < losses.Count; step++)
        {
            using var scope = NewDisposeScope();
            comparison.Add($"loss {step}", Step(step), losses[step]);
            if (!snapshots.TryGetValue(step + 1, out var snapshot))
            {
                continue;
            }

            var parameters = network.named_parameters().ToDictionary(p => p.name, p => p.parameter);
            foreach (var entry in snapshot.GetProperty("params").EnumerateObject())
            {
                comparison.Add($"{entry.Name} after {step + 1}", parameters[entry.Name].detach(), entry.Value.ToTensor());
            }

            compareState(snapshot);
        }
    }

    /// <summary>Makes one step; returns the loss before it.</summary>
    private double Step(int step)
    {
        optimizer.zero_grad();
        var scale = _scales is null ? 1 : _scales[step % _scales.Length];
        optimizer.GradientScale = scale;
        var x = _batches[step].GetProperty("x").ToTensor(type);
        var y = _batches[step].GetProperty("y").ToTensor(type);
        var isSum = problem.Root.GetProperty("loss").Text("reduction") == "sum";
        var (total, start) = (0.0, 0L);
        foreach (var size in _micro ?? [x.shape[0]])
        {
            var loss = GoldenNetwork.Loss(problem, network.call(x.narrow(0, start, size)), y.narrow(0, start, size));
            var part = isSum ? loss : loss.mul(size / (double)x.shape[0]);
            part.mul(scale).backward();
            total += part.ToDouble();
            start += size;
        }

        if (_skipped.Contains(step))
        {
            optimizer.SkipNextStep();
        }

        optimizer.step();
        return total;
    }
}
