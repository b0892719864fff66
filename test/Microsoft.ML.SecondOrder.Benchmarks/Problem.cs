using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>A network with one batch of noise to train it on: what a step costs does not depend on the numbers.</summary>
/// <param name="Name">As the command line calls it.</param>
/// <param name="About">Sizes.</param>
/// <param name="Model">Creates the network.</param>
/// <param name="InputShape">Of the batch.</param>
internal sealed record Problem(string Name, string About, Func<nn.Module<Tensor, Tensor>> Model, long[] InputShape)
{
    public const int Classes = 10;

    /// <summary>The networks of the issue, with the sizes of the official measurements.</summary>
    public static IReadOnlyList<Problem> All { get; } =
    [
        new("mlp", "784-1000-1000-10, batch 128", Mlp, [128, 784]),
        new("cnn", "3 convolutions of 32, 64 and 128 channels on 28 x 28, batch 128", Cnn, [128, 1, 28, 28]),
        new("vit", "d = 128, 4 layers, 49 tokens, batch 64", () => new VisionTransformer(128, 4, 4, Classes), [64, 1, 28, 28]),
    ];

    /// <summary>Whether layers are shared over positions, so that expand and reduce differ.</summary>
    public bool SharesWeights => InputShape.Length > 2;

    private static Sequential Mlp() => nn.Sequential(
        ("hidden1", nn.Linear(784, 1000)), ("relu1", nn.ReLU()), ("hidden2", nn.Linear(1000, 1000)), ("relu2", nn.ReLU()), ("output", nn.Linear(1000, Classes)));

    private static Sequential Cnn() => nn.Sequential(
        ("conv1", Convolution(1, 32)), ("relu1", nn.ReLU()), ("pool1", nn.MaxPool2d(2)), // 14 x 14
        ("conv2", Convolution(32, 64)), ("relu2", nn.ReLU()), ("pool2", nn.MaxPool2d(2)), // 7 x 7
        ("conv3", Convolution(64, 128)), ("relu3", nn.ReLU()), ("pool3", nn.MaxPool2d(2)), // 3 x 3
        ("flatten", nn.Flatten()), ("output", nn.Linear(128 * 9, Classes)));

    private static Conv2d Convolution(long inputs, long outputs) => nn.Conv2d(inputs, outputs, 3, padding: 1);
}
