using Microsoft.ML.SecondOrder.Likelihoods;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>A data set with a network to fit it.</summary>
/// <param name="Name">As the command line calls it.</param>
/// <param name="About">What it is.</param>
/// <param name="Model">Creates the network; the same numbers each time.</param>
/// <param name="Inputs">Training inputs.</param>
/// <param name="Targets">Training targets.</param>
/// <param name="TestInputs">Inputs that are only measured.</param>
/// <param name="TestTargets">Their targets.</param>
/// <param name="Loss">The mean loss of outputs and targets.</param>
/// <param name="Likelihood">What the outputs mean, for optimizers that observe the curvature itself.</param>
/// <param name="Target">The test loss to reach; null for the best that AdamW reaches.</param>
internal sealed record FitTask(
    string Name, string About, Func<nn.Module<Tensor, Tensor>> Model, Tensor Inputs, Tensor Targets, Tensor TestInputs, Tensor TestTargets, Func<Tensor, Tensor, Tensor> Loss, Likelihood Likelihood, double? Target)
{
    /// <summary>10-class digits, 784-256-10.</summary>
    public static FitTask Mnist(string folder)
    {
        var data = MnistData.Read(folder);
        return new FitTask(
            "mnist",
            "8 000 digits, network 784-256-10",
            () => Seeded(() => nn.Sequential(("hidden", nn.Linear(784, 256)), ("relu", nn.ReLU()), ("output", nn.Linear(256, 10)))),
            data.TrainingImages,
            data.TrainingDigits,
            data.TestImages,
            data.TestDigits,
            (outputs, digits) => F.cross_entropy(outputs, digits),
            new CategoricalLikelihood(),
            0.25);
    }

    /// <summary>
    /// A teacher of the student's shape labels inputs whose covariance has the eigenvalues 1 to 10⁻⁴: the Hessian matrix of the
    /// first layer has their condition, at least.
    /// </summary>
    public static FitTask Teacher()
    {
        const int inputs = 50;
        const int training = 8192;
        const int test = 2048;
        var random = new Generator(7);
        Tensor Normal(params long[] size) => randn(size, generator: random);

        var rotation = linalg.qr(Normal(inputs, inputs)).Q;
        var deviations = logspace(0, -2, inputs, 10); // standard deviations: condition 10⁴ of the covariance
        var x = Normal(training + test, inputs).mul(deviations).mm(rotation.t());

        // The teacher sees whitened inputs: directions of small variance matter as much as those of large.
        var white = x.mm(rotation).div(deviations);
        var (w1, w2) = (Normal(inputs, 16).div(Math.Sqrt(inputs)), Normal(16, 4).div(4));
        var y = white.mm(w1).tanh().mm(w2);
        return new FitTask(
            "teacher",
            "regression 50 to 4, inputs of condition 10^4, network 50-32-4",
            () => Seeded(() => nn.Sequential(("hidden", nn.Linear(inputs, 32)), ("tanh", nn.Tanh()), ("output", nn.Linear(32, 4)))),
            x.narrow(0, 0, training).contiguous(),
            y.narrow(0, 0, training).contiguous(),
            x.narrow(0, training, test).contiguous(),
            y.narrow(0, training, test).contiguous(),
            (outputs, targets) => F.mse_loss(outputs, targets),
            new GaussianLikelihood(),
            null);
    }

    private static nn.Module<Tensor, Tensor> Seeded(Func<nn.Module<Tensor, Tensor>> create)
    {
        manual_seed(3);
        return create();
    }
}
