// A TorchSharp network of your own: in a training loop of your own, beside AdamW, and in an ML.NET pipeline.
//   dotnet run --project samples/CustomNetwork
using System.Globalization;
using CustomNetwork;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

const int Rows = 400;
const int BatchSize = 100;
const int Epochs = 60;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
set_num_threads(1); // so small a network gains nothing from more
var (points, classes) = Spirals.Make(Rows, seed: 1);
var (testPoints, testClasses) = Spirals.Make(Rows, seed: 2);

// 1. The optimizer alone.
random.manual_seed(1);
using var network = new ResidualNet(inputs: 2, width: 64, classes: 2);
using var optimizer = new SecondOrderOptimizer(
    network, new KfacOptions { Fisher = FisherKind.Exact, Damping = 0.01 }, learningRate: 0.3, normConstraint: 3e-3);
Train("K-FAC", network, optimizer, new CategoricalLikelihood());
Console.WriteLine(optimizer.Summary());

random.manual_seed(1);
using var other = new ResidualNet(inputs: 2, width: 64, classes: 2);
using var adam = optim.AdamW(other.parameters(), lr: 0.01);
Train("AdamW", other, adam, null);

// 2. The same network in a pipeline. A process that only loads the saved model calls NetworkRegistry.Register with the same name.
var context = new MLContext(seed: 1);
var rows = context.Data.LoadFromEnumerable(Spirals.Rows(points, classes));
var pipeline = context.Transforms.Conversion.MapValueToKey("Label", nameof(SpiralPoint.Arm))
    .Append(context.MulticlassClassification.Trainers.NeuralNetwork(
        featureColumnName: nameof(SpiralPoint.Place),
        network: Network.FromModule("residual", shape => new ResidualNet(shape.Inputs, width: 64, shape.Outputs))));
var metrics = context.MulticlassClassification.Evaluate(pipeline.Fit(rows).Transform(context.Data.LoadFromEnumerable(Spirals.Rows(testPoints, testClasses))));
Console.WriteLine($"In a pipeline: test accuracy {metrics.MicroAccuracy:F3}");
return 0;

void Train(string name, nn.Module<Tensor, Tensor> model, optim.Optimizer steps, CategoricalLikelihood? likelihood)
{
    for (var epoch = 1; epoch <= Epochs; epoch++)
    {
        var sum = 0.0;
        for (var start = 0; start < Rows; start += BatchSize)
        {
            using var scope = NewDisposeScope();
            var (x, y) = (points.narrow(0, start, BatchSize), classes.narrow(0, start, BatchSize));
            steps.zero_grad();
            var outputs = model.call(x);
            var loss = nn.functional.cross_entropy(outputs, y);

            // The curvature of what the network itself thinks possible, rather than of the labels: better, and one line.
            (steps as SecondOrderOptimizer)?.ObserveCurvature(outputs, likelihood!);
            loss.backward();
            steps.step();
            sum += loss.ToSingle();
        }

        if (epoch % 20 == 0)
        {
            Console.WriteLine($"{name}, epoch {epoch}: loss {sum * BatchSize / Rows:F4}, test accuracy {Accuracy(model):F3}");
        }
    }
}

double Accuracy(nn.Module<Tensor, Tensor> model)
{
    using var scope = NewDisposeScope();
    using var mode = no_grad();
    return model.call(testPoints).argmax(1).eq(testClasses).to(float32).mean().ToSingle();
}
