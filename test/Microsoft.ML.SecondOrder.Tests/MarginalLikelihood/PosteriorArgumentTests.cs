using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;
using static Microsoft.ML.SecondOrder.Tests.MarginalLikelihood.SmallNetworks;

namespace Microsoft.ML.SecondOrder.Tests.MarginalLikelihood;

/// <summary>What a posterior is given and cannot use is named, with what would do.</summary>
public sealed class PosteriorArgumentTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Numbers_without_an_axis_for_outputs_are_not_stretched()
    {
        using var network = Mlp(3, 1);

        var failure = Assert.Throws<ArgumentException>(() => Fit(network, Numbers(10, 3), Numbers(10), new GaussianLikelihood()));

        Assert.StartsWith("GaussianLikelihood needs targets of a floating type and shape [10, 1]: add an axis with unsqueeze(1). The outputs have the shape [10, 1], the targets are Float64 of shape [10].", failure.Message);
        Assert.Throws<ArgumentException>(() => new HuberLikelihood().Loss(Numbers(4, 1), Numbers(4)));
        Assert.Throws<ArgumentException>(() => new BernoulliLikelihood().Loss(Numbers(4, 1), Numbers(4)));
    }

    [Theory]
    [InlineData(false, -1, "one is -1")]
    [InlineData(false, 2, "one is 2")]
    [InlineData(true, 1, "targets of type Int64 and shape [10]")]
    public void Targets_that_are_no_classes_are_named(bool asNumbers, int last, string message)
    {
        using var network = Mlp(3, 2);
        var targets = tensor(new long[] { 0, 1, 0, 1, 0, 1, 0, 1, 0, last });

        var failure = Assert.Throws<ArgumentException>(() => Fit(network, Numbers(10, 3), asNumbers ? targets.to(float64) : targets, new CategoricalLikelihood()));

        Assert.Contains(message, failure.Message);
    }

    [Fact]
    public void Batches_without_rows_or_parts_are_numbered()
    {
        using var network = Mlp(3, 1);
        var good = (Numbers(4, 3), Numbers(4, 1));
        string Message(params (Tensor, Tensor)[] batches) =>
            Assert.Throws<ArgumentException>(() => LaplacePosterior.Fit(network, batches, new GaussianLikelihood())).Message;

        Assert.StartsWith("There must be at least one batch", Message());
        Assert.StartsWith("The inputs of batch 2 must have at least one row, but have the shape [0, 3].", Message(good, (zeros(0, 3, float64), zeros(0, 1, float64))));
        Assert.StartsWith("Batch 2 lacks its targets.", Message(good, (Numbers(4, 3), null!)));
    }

    [Fact]
    public void A_loss_that_is_not_finite_is_refused()
    {
        using var network = Mlp(3, 1);
        var targets = Numbers(10, 1);
        targets[3, 0] = double.NaN;

        Assert.Contains("not finite", Assert.Throws<NumericalException>(() => Fit(network, Numbers(10, 3), targets, new GaussianLikelihood())).Message);
    }

    [Fact]
    public void Options_and_enumerations_are_checked_together()
    {
        using var network = Mlp(3, 1);
        var options = new LaplaceOptions { Fisher = (FisherKind)9, Draws = 0, Temperature = double.NaN };

        var failure = Assert.Throws<ArgumentException>(() => Fit(network, Numbers(10, 3), Numbers(10, 1), new GaussianLikelihood(), options));

        Assert.All(new[] { "Fisher", "Draws", "Temperature" }, name => Assert.Contains(name, failure.Message));
        using var posterior = Fit(network, Numbers(10, 3), Numbers(10, 1), new GaussianLikelihood());
        Assert.Equal("prior", Assert.Throws<ArgumentOutOfRangeException>(() => posterior.Tune((PriorPrecision)9)).ParamName);
        Assert.Equal("search", Assert.Throws<ArgumentOutOfRangeException>(() => posterior.Tune(search: (EvidenceSearch)9)).ParamName);
    }

    [Fact]
    public void Predictions_need_rows_a_generator_and_a_posterior_that_is_there()
    {
        using var network = Mlp(3, 1);
        var posterior = Fit(network, Numbers(10, 3), Numbers(10, 1), new GaussianLikelihood());

        Assert.StartsWith("The rows must have at least one row, but have the shape [0, 3].", Assert.Throws<ArgumentException>(() => posterior.Predict(zeros(0, 3, float64))).Message);
        Assert.Throws<ArgumentException>(() => posterior.Predict(tensor(1.0)));
        Assert.Throws<ArgumentNullException>(() => posterior.SampleWeights(null!));
        Assert.Throws<ArgumentNullException>(() => posterior.SampleOutputs(Numbers(2, 3), 1, null!));
        posterior.Dispose();
        Assert.Throws<ObjectDisposedException>(() => posterior.Predict(Numbers(2, 3)));
        Assert.Throws<ObjectDisposedException>(() => posterior.Tune());
    }
}
