using System.Diagnostics;
using System.Globalization;
using CompareOptimizers;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var steps = 200;
if (!(args.Length is 1 or 3) || (args.Length == 3 && !(args[1] == "--steps" && int.TryParse(args[2], out steps) && steps > 0)))
{
    Console.Error.WriteLine("Usage: CompareOptimizers PAGE.html [--steps NUMBER]");
    return 2;
}

// Three arms of a spiral: 96 points, three classes.
var angles = arange(96, dtype: float32).mul(0.1333f);
var arm = arange(96, dtype: int64).remainder(3);
var radius = angles.div(12.8f).add(0.1f);
var turn = angles.mul(0.5f).add(arm.to(float32).mul(2 * MathF.PI / 3));
var points = stack([radius.mul(turn.cos()), radius.mul(turn.sin())], 1).mul(2); // [96, 2]
var classes = new CategoricalLikelihood();

set_num_threads(1);
var curves = Method.All.Select(Train).ToList();
File.WriteAllText(args[0], Page.Of(curves));
Console.WriteLine($"Written to {args[0]}");
return 0;

Curve Train(Method method)
{
    manual_seed(1);
    using var network = nn.Sequential(("hidden1", nn.Linear(2, 24)), ("tanh1", nn.Tanh()), ("hidden2", nn.Linear(24, 24)), ("tanh2", nn.Tanh()), ("output", nn.Linear(24, 3)));
    using var optimizer = new SecondOrderOptimizer(network, method.Options, method.LearningRate, normConstraint: method.NormConstraint);
    var curve = new Curve(method.Name, [], []);
    var clock = Stopwatch.StartNew();
    for (var step = 0; step < steps; step++)
    {
        using var scope = NewDisposeScope();
        optimizer.zero_grad();
        var outputs = network.call(points);
        optimizer.ObserveCurvature(outputs, classes);
        var loss = classes.Loss(outputs, arm);
        loss.backward();
        optimizer.step();
        if (optimizer.NeedsSecondPass)
        {
            optimizer.ObserveSecondPass(classes.Loss(network.call(points), arm));
        }

        curve.Losses.Add(loss.item<float>());
        curve.Seconds.Add(clock.Elapsed.TotalSeconds);
    }

    Console.WriteLine($"{method.Name,-14} loss {curve.Losses[0]:F3} to {curve.Losses[^1]:F5} in {curve.Seconds[^1]:F2} s");
    return curve;
}
