// Which group does a node belong to? A graph convolution over each node and its neighbours, beside a network that sees the node alone.
//   dotnet run --project samples/GraphNodes
using System.Globalization;
using GraphNodes;
using Microsoft.ML;
using Microsoft.ML.SecondOrder;
using Microsoft.ML.SecondOrder.Networks;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is not [])
{
    Console.Error.WriteLine("Usage: GraphNodes");
    return 2;
}

var context = new MLContext(seed: 1);

// 1. Data: one graph, of which half the nodes are labelled. A row is a node, with its neighbours after it and the links among them.
var nodes = GraphGenerator.Generate(1200, seed: 1);
var (train, test) = (context.Data.LoadFromEnumerable(nodes.Take(600)), context.Data.LoadFromEnumerable(nodes.Skip(600)));

// 2. The first column describes the nodes, [nodes, facts]; the second links them, [nodes, nodes]. The output is read from the first node.
var label = context.Transforms.Conversion.MapValueToKey("Label", nameof(Node.Group));
var graph = context.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkMulticlassTrainer.Options
{
    FeatureColumnName = nameof(Node.Known),
    MoreFeatureColumnNames = [nameof(Node.Links)],
    Network = Network.GraphConvolution(32, 32) with { Readout = GraphReadout.FirstNode },
    MaximumNumberOfEpochs = 15,
});
var alone = context.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkMulticlassTrainer.Options
{
    FeatureColumnName = nameof(Node.Own),
    Network = Network.Mlp(32, 32),
    MaximumNumberOfEpochs = 15,
});

// 3. Evaluate.
foreach (var (name, trainer) in new (string, IEstimator<ITransformer>)[] { ("with neighbours", graph), ("each node alone", alone) })
{
    var model = label.Append(trainer).Fit(train);
    var metrics = context.MulticlassClassification.Evaluate(model.Transform(test));
    Console.WriteLine($"{name}: accuracy {metrics.MicroAccuracy:F3}, log-loss {metrics.LogLoss:F3}");
}

return 0;
