using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Optimizers;

/// <summary>What the optimizer refuses when it is made, and that nothing stays behind.</summary>
public sealed class RefusedSettingsTests
{
    [Fact]
    public void Bad_settings_are_refused_with_the_value_and_the_way_out()
    {
        using var layer = nn.Linear(3, 1);
        using var activation = nn.ReLU();

        Assert.Contains("-1", Refused(() => new SecondOrderOptimizer(layer, new SingdOptions(), learningRate: -1)));
        Assert.Contains("[0, 1)", Refused(() => new SecondOrderOptimizer(layer, new SingdOptions(), momentum: 1)));
        Assert.Contains("null for none", Refused(() => new SecondOrderOptimizer(layer, new SingdOptions(), normConstraint: 0)));
        Assert.Contains("Damping", Refused(() => new SecondOrderOptimizer(layer, new SingdOptions { Damping = double.NaN })));
        Assert.Contains("no dense or convolutional layer", Refused(() => new SecondOrderOptimizer(activation, new SingdOptions())));
        Assert.Contains("'other'", Refused(() => new SecondOrderOptimizer(layer, [new LayerGroup(new SingdOptions()) { Layers = ["other"] }])));
        Assert.Contains("constructor", Assert.Throws<NotSupportedException>(() =>
        {
            using var optimizer = new SecondOrderOptimizer(layer, new SingdOptions());
            optimizer.add_param_group(new ParamGroup());
        }).Message);

        static string Refused(Func<object> create) => Assert.Throws<ArgumentException>(create).Message;
    }

    [Fact]
    public void A_refused_optimizer_leaves_the_model_as_it_was()
    {
        using var network = nn.Sequential(("a", nn.Linear(3, 2)), ("b", nn.Linear(2, 1)));
        var groups = new[] { new LayerGroup(new SingdOptions()) { Layers = ["a"] }, new LayerGroup(new SingdOptions()) { Layers = ["no such layer"] } };

        Support.Leak.None(() =>
        {
            Assert.Throws<ArgumentException>(() => new SecondOrderOptimizer(network, groups));
            using var x = ones(4, 3);
            network.call(x).Dispose();
        });
    }

    [Fact]
    public void Bad_settings_of_the_fallback_and_a_missing_method_are_refused()
    {
        using var layer = nn.Linear(3, 1);

        var fallback = Assert.Throws<ArgumentException>(
            () => new SecondOrderOptimizer(layer, [new LayerGroup(new SingdOptions())], fallback: new LayerGroup(new AdamWOptions { Beta2 = 1, Epsilon = 0 }))).Message;
        var method = Assert.Throws<ArgumentException>(() => new SecondOrderOptimizer(layer, (PreconditionerOptions)null!)).Message;

        Assert.Contains("Beta2 must lie in [0, 1), but is 1", fallback);
        Assert.Contains("Epsilon", fallback);
        Assert.Contains("new KfacOptions()", method);
    }
}
