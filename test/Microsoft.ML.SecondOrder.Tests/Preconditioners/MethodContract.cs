using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Preconditioners;

/// <summary>What every method has to do inside the optimizer: learn, save itself exactly, leave nothing behind, refuse what cannot be.</summary>
public abstract class MethodContract
{
    /// <summary>Settings with which the method lowers the losses below.</summary>
    internal abstract PreconditionerOptions Options { get; }

    /// <summary>The learning rate that goes with them.</summary>
    internal virtual double LearningRate => 1;

    /// <summary>Whether the method has a damping that can be raised; rooted elementwise methods have none.</summary>
    internal virtual bool HasDamping => true;

    /// <summary>The norm constraint that goes with them; null for methods whose direction is no curvature's.</summary>
    internal virtual double? NormConstraint => 0.01;

    /// <summary>What the norm constraint, or else the learning rate, is multiplied by for the transformer block; null where the method is not for such.</summary>
    internal virtual double? TransformerCaution => 0.1;

    [Fact]
    public void Dense_network_learns() => Descends(Dense(), Numbers(32, 5), Numbers(32, 2));

    [Fact]
    public void Convolutional_network_learns() => Descends(Convolutional(), Numbers(16, 2 * 5 * 5).reshape(16, 2, 5, 5), Numbers(16, 2));

    [Fact]
    public void Transformer_block_learns()
    {
        Assert.SkipWhen(TransformerCaution is null, "The method's curvature does not hold for weights that tokens share.");
        Descends(WithNumbers(new AttentionBlock(6, 2)), Numbers(12, 4 * 6).reshape(12, 4, 6), Numbers(12, 2), TransformerCaution!.Value, 0.6);
    }

    [Fact]
    public void Numbers_that_cannot_be_are_refused_by_name_in_full_sentences()
    {
        foreach (var property in Options.GetType().GetProperties().Where(p => p.CanWrite))
        {
            object? impossible = (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType).Name switch
            {
                nameof(Double) => double.NaN,
                nameof(Int32) => int.MinValue,
                _ => null,
            };
            if (impossible is null)
            {
                continue;
            }

            var options = Options with { };
            property.SetValue(options, impossible);

            var problem = Assert.Throws<ArgumentException>(() => new SecondOrderOptimizer(Dense(), options)).Message;
            Assert.Contains(property.Name, problem);
            Assert.EndsWith(".", problem.Split(" (Parameter")[0]);
        }
    }

    [Fact]
    public void Saved_state_goes_on_exactly_where_it_was()
    {
        using var scope = NewDisposeScope();
        var (x, y) = (Numbers(16, 5), Numbers(16, 2));
        using var first = Dense();
        using var optimizer = Optimizer(first);
        for (var step = 0; step < 4; step++)
        {
            Step(first, optimizer, x, y);
        }

        var state = new MemoryStream();
        optimizer.SaveState(state);
        using var second = Dense();
        second.load_state_dict(first.state_dict());
        using var restored = Optimizer(second);
        state.Position = 0;
        restored.LoadState(state);
        for (var step = 0; step < 13; step++)
        {
            Step(first, optimizer, x, y);
            Step(second, restored, x, y);
        }

        Assert.All(first.parameters().Zip(second.parameters()), p => Assert.Equal(0, p.First.detach().sub(p.Second.detach()).abs().max().ToDouble()));
    }

    [Fact]
    public void A_step_leaves_no_tensor_behind()
    {
        using var network = Dense();
        using var optimizer = Optimizer(network);
        using var x = Numbers(8, 5);
        using var y = Numbers(8, 2);
        for (var step = 0; step < 3; step++)
        {
            Step(network, optimizer, x, y);
        }

        Support.Leak.NoneAtOnce(() => Step(network, optimizer, x, y));
    }

    [Fact]
    public void Nothing_is_left_when_the_optimizer_is_disposed() => Support.Leak.None(() =>
    {
        using var scope = NewDisposeScope();
        using var network = Dense();
        using var optimizer = Optimizer(network);
        Step(network, optimizer, Numbers(8, 5), Numbers(8, 2));
    });

    [Fact]
    public void A_raised_damping_shortens_the_step()
    {
        using var scope = NewDisposeScope();
        var (x, y) = (Numbers(16, 5), Numbers(16, 2));

        double Length(double factor)
        {
            using var network = Dense();
            var before = network.parameters().Select(p => p.detach().clone()).ToList();
            using var optimizer = new SecondOrderOptimizer(network, Options, LearningRate, momentum: 0) { DampingFactor = factor };
            Step(network, optimizer, x, y);
            return before.Zip(network.parameters(), (b, p) => p.detach().sub(b).square().sum().ToDouble()).Sum();
        }

        Assert.True(!HasDamping || Length(100) < Length(1));
    }

    [Fact]
    public void Raising_the_damping_after_a_step_is_felt_by_the_next()
    {
        using var scope = NewDisposeScope();
        using var network = Dense();
        using var optimizer = Optimizer(network);
        Step(network, optimizer, Numbers(16, 5), Numbers(16, 2));
        var before = optimizer.Parts.Select(p => p.Preconditioner.EffectiveDamping).ToList();

        optimizer.DampingFactor = 8;
        optimizer.RenewDamping();

        Assert.All(before.Zip(optimizer.Parts), p => Assert.Equal(p.First * 8, p.Second.Preconditioner.EffectiveDamping));
        Step(network, optimizer, Numbers(16, 5), Numbers(16, 2));
        Assert.All(network.parameters(), p => Assert.True(double.IsFinite(p.detach().sum().ToDouble())));
    }

    private void Descends(nn.Module<Tensor, Tensor> network, Tensor x, Tensor y, double caution = 1, double left = 0.3)
    {
        using var scope = NewDisposeScope();
        using (network)
        {
            using var optimizer = Optimizer(network, caution);
            var losses = Enumerable.Range(0, 60).Select(_ => Step(network, optimizer, x, y)).ToList();
            Assert.True(losses[^1] < left * losses[0], $"The loss went from {losses[0]} to {losses[^1]}.");
        }
    }

    private SecondOrderOptimizer Optimizer(nn.Module network, double caution = 1) =>
        new(network, Options, NormConstraint is null ? caution * LearningRate : LearningRate, normConstraint: caution * NormConstraint);

    private static double Step(nn.Module<Tensor, Tensor> network, SecondOrderOptimizer optimizer, Tensor x, Tensor y)
    {
        using var scope = NewDisposeScope();
        optimizer.zero_grad();
        var outputs = network.call(x);
        optimizer.ObserveCurvature(outputs, new GaussianLikelihood());
        var loss = new GaussianLikelihood().Loss(outputs, y);
        loss.backward();
        optimizer.step();
        if (optimizer.NeedsSecondPass)
        {
            optimizer.ObserveSecondPass(new GaussianLikelihood().Loss(network.call(x), y));
        }

        return loss.detach().ToDouble();
    }

    private static nn.Module<Tensor, Tensor> Dense() => WithNumbers(nn.Sequential(("a", nn.Linear(5, 20)), ("t", nn.Tanh()), ("b", nn.Linear(20, 2))));

    private static nn.Module<Tensor, Tensor> Convolutional() => WithNumbers(nn.Sequential(
        ("a", nn.Conv2d(2, 6, 3)), ("t", nn.Tanh()), ("f", nn.Flatten()), ("b", nn.Linear(54, 2))));

    private static nn.Module<Tensor, Tensor> WithNumbers(nn.Module<Tensor, Tensor> network)
    {
        network.to(float64);
        using var gradMode = no_grad();
        foreach (var (parameter, i) in network.parameters().Select((p, i) => (p, i)))
        {
            using var scope = NewDisposeScope();
            parameter.copy_(arange(parameter.numel(), dtype: float64).add(i).mul(1.7).sin().mul(0.4).reshape(parameter.shape));
        }

        return network;
    }

    private static Tensor Numbers(long rows, long columns)
    {
        using var scope = NewDisposeScope();
        return arange(rows * columns, dtype: float64).square().mul(0.73).sin().reshape(rows, columns).MoveToOuterDisposeScope();
    }
}

public sealed class KfacContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new KfacOptions { Fisher = FisherKind.Exact };
}

public sealed class SampledKfacContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new KfacOptions { Fisher = FisherKind.Sampled, FisherDraws = 3 };
}

public sealed class ReducedKfacContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new KfacOptions { Fisher = FisherKind.Exact, Sharing = WeightSharing.Reduce, DampingKind = KfacDamping.Product };
}

public sealed class AdaptiveKfacContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new KfacOptions { Fisher = FisherKind.Exact, Adaption = new DampingRule() };
}

public sealed class EkfacContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new EkfacOptions { Fisher = FisherKind.Exact, BasisInterval = 5, Damping = 0.1 };
}

public sealed class FoofContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new FoofOptions { Damping = 0.1 };
}

public sealed class SketchedKfacContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new RandomizedKfacOptions { Fisher = FisherKind.Exact, Rank = 4, Oversampling = 1, ExactUpTo = 5 };
}

public sealed class SingularSketchKfacContractTests : MethodContract
{
    internal override PreconditionerOptions Options =>
        new RandomizedKfacOptions { Rank = 4, Oversampling = 1, ExactUpTo = 5, Solver = RandomizedSolver.SingularValues, Start = FactorStart.Identity };
}

public sealed class BrandKfacContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new BrandKfacOptions { Fisher = FisherKind.Exact, Rank = 4, Oversampling = 1, ExactUpTo = 5, MaximumRows = 12 };
}

public sealed class OverwrittenBrandKfacContractTests : MethodContract
{
    internal override PreconditionerOptions Options =>
        new BrandKfacOptions { Rank = 4, Oversampling = 1, ExactUpTo = 5, Correction = BrandCorrection.Overwrite, CovarianceInterval = 2 };
}

public sealed class PartlyCorrectedBrandKfacContractTests : MethodContract
{
    internal override PreconditionerOptions Options =>
        new BrandKfacOptions { Rank = 4, Oversampling = 1, ExactUpTo = 5, Correction = BrandCorrection.Part, CorrectionInterval = 2, CovarianceInterval = 2 };
}

public sealed class MiniBlockContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new MiniBlockOptions { Fisher = FisherKind.Exact };
}

public sealed class GroupedMiniBlockContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new MiniBlockOptions { Grouping = MiniBlockGrouping.Outputs, Fisher = FisherKind.Exact };
}

public sealed class BatchMiniBlockContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new MiniBlockOptions { Grouping = MiniBlockGrouping.Inputs, Moments = MiniBlockMoments.BatchGradient, Damping = 0.1 };
}

public sealed class SingdContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new SingdOptions { Fisher = FisherKind.Exact, ScaledStart = true, FactorRate = 0.1, NormalizeFactorStep = true };
}

public sealed class KbfgsContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new KbfgsOptions();
}

public sealed class LimitedKbfgsContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new KbfgsOptions { Memory = 5, KeepsInputFactor = false, UpdateInterval = 2 };
}

public sealed class SengContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new SengOptions { Fisher = FisherKind.Exact };
}

public sealed class SketchedSengContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new SengOptions { SketchColumns = 60 };
}

public sealed class FngdContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new FngdOptions { LearningSteps = 6 };

    internal override double? TransformerCaution => null;
}

public sealed class CgfacContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new CgfacOptions { Fisher = FisherKind.Exact, UpdateInterval = 3 };
}

public sealed class BlockCgfacContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new CgfacOptions { Curvature = CgfacCurvature.Block, Diagonal = false, WarmStart = false, UpdateInterval = 3 };
}

public sealed class KfacPinnContractTests : MethodContract
{
    internal override PreconditionerOptions Options => new KfacPinnOptions { Terms = 1 };

    /// <summary>Positions are the channels of derivatives, which get no bias.</summary>
    internal override double? TransformerCaution => null;
}
