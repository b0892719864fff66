using System.Collections.Immutable;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>A TorchSharp module of the user's own; see <see cref="Network.FromModule(string, Func{NetworkShape, nn.Module{Tensor, Tensor}})"/>.</summary>
public sealed record ModuleNetwork : Network
{
    private static readonly Lock _generator = new();

    private readonly Func<NetworkShape, nn.Module<Tensor, Tensor>> _create;

    internal ModuleNetwork(string name, Func<NetworkShape, nn.Module<Tensor, Tensor>> create) => (Name, _create) = (name, create);

    /// <summary>Names the module in saved models; see <see cref="NetworkRegistry"/>.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public bool Equals(ModuleNetwork? other) => other is not null && Name == other.Name && _create == other._create;

    /// <inheritdoc/>
    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    /// <summary>For example <c>Module my-net</c>.</summary>
    public override string ToString() => $"Module {Name}";

    /// <inheritdoc/>
    public override string Summary(NetworkShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var parameters = ParameterShapes(shape);
        var lines = parameters.Select(p => $"{p.Name} [{string.Join(", ", p.Shape)}]");
        return string.Join(Environment.NewLine, [ToString(), .. lines, FormattableString.Invariant(
            $"Total {parameters.Sum(p => p.Shape.Aggregate(1L, (product, d) => product * d)):N0}"), ""]);
    }

    internal override InputKind? Reads(ColumnForm form, bool isFirst) => form switch
    {
        ColumnForm.Key => InputKind.Categories,
        ColumnForm.Keys => InputKind.Tokens,
        ColumnForm.Image => InputKind.PlanarImage,
        _ => InputKind.Numbers,
    };

    /// <summary>Modules draw their first weights from libtorch's random numbers, which are seeded for it; one module at a time, so that fits side by side keep their bits.</summary>
    internal override nn.Module<Tensor, Tensor> Create(NetworkShape shape, Random random)
    {
        lock (_generator)
        {
            torch.random.manual_seed(random.NextInt64());
            return Make(shape);
        }
    }

    internal override IManagedForward CreateForward(NetworkShape shape, IReadOnlyList<NamedWeights> weights) =>
        new ModuleForward(Make(shape), shape, weights);

    internal override IManagedGradient CreateGradient(NetworkShape shape, IReadOnlyList<NamedWeights> weights) =>
        new ModuleGradient(Make(shape), shape, weights);

    /// <summary>Parameters and buffers.</summary>
    internal override IReadOnlyList<(string Name, long[] Shape)> ParameterShapes(NetworkShape shape)
    {
        using var module = Make(shape);
        return [.. module.state_dict().Select(entry => (entry.Key, entry.Value.shape))];
    }

    /// <summary>A module with whatever weights it begins with.</summary>
    /// <exception cref="InvalidOperationException">There is none, or it is of another size.</exception>
    private nn.Module<Tensor, Tensor> Make(NetworkShape shape)
    {
        var module = _create(shape) ?? throw new InvalidOperationException($"The function that creates the module '{Name}' returned null.");
        var outputs = OutputShape(module, shape);
        if (outputs is [2, var columns] && columns == shape.Outputs)
        {
            return module;
        }

        module.Dispose();
        throw new InvalidOperationException(
            $"The module '{Name}' must turn [rows, {shape.Inputs}] into [rows, {shape.Outputs}], but turned [2, {shape.Inputs}] into [{string.Join(", ", outputs)}]. "
            + "Use the NetworkShape that its function is given.");
    }

    private static long[] OutputShape(nn.Module<Tensor, Tensor> module, NetworkShape shape)
    {
        using var scope = NewDisposeScope();
        using var gradMode = no_grad();
        module.eval();
        var outputs = module.call(zeros(2, shape.Inputs)).shape;
        module.train();
        return outputs;
    }
}
