using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Optimizers;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>A block of the curvature, G ⊗ A, of all or some columns of a layer's joint weight [W b], with its eigenvalues. Owns its tensors.</summary>
internal sealed class CurvatureBlock : IDisposable
{
    private CurvatureBlock(ModelLayer layer, int start, Tensor a, Tensor g, bool withVectors, FactorSum? whole = null, double rows = 1, double? damping = null)
    {
        using var scope = NewDisposeScope();
        (Layer, Start, InputFactor) = (layer, start, a.DetachFromDisposeScope());
        (Inputs, Outputs) = ((int)a.shape[0], (int)g.shape[0]);
        var (inputName, outputName) = ($"factor A of layer '{layer.Name}'", $"factor G of layer '{layer.Name}'");
        if (withVectors)
        {
            var (inputValues, inputVectors) = Factorizations.Eigen(a, 0, inputName);
            var (outputValues, outputVectors) = Factorizations.Eigen(g, 0, outputName);
            (InputVectors, OutputVectors) = (inputVectors.DetachFromDisposeScope(), outputVectors.DetachFromDisposeScope());
            (InputEigenvalues, OutputEigenvalues) = (Doubles(inputValues), Doubles(outputValues));
        }
        else
        {
            InputEigenvalues = Doubles(whole?.InputEigenvalues(a, inputName) ?? Factorizations.Eigenvalues(a, inputName));
            OutputEigenvalues = Doubles(Factorizations.Eigenvalues(g, outputName));
        }

        var weight = JointWeight(layer).narrow(1, start, Inputs).to(float64);
        SquaredColumns = Doubles(weight.square().sum(dim: 0L));
        if (damping is { } lambda)
        {
            var deviation = EndsWithBias ? cat(new List<Tensor> { weight.narrow(1, 0, Inputs - 1), zeros_like(weight.narrow(1, Inputs - 1, 1)) }, 1) : weight;
            Damped = new DampedCurvature(this, g, deviation, rows, lambda);
        }
    }

    public ModelLayer Layer { get; }

    /// <summary>The first of the joint weight's columns that the block covers.</summary>
    public int Start { get; }

    public int Inputs { get; }

    public int Outputs { get; }

    /// <summary>A: [I, I].</summary>
    public Tensor InputFactor { get; }

    /// <summary>Of A, ascending: [I].</summary>
    public double[] InputEigenvalues { get; }

    /// <summary>Of G, ascending: [O].</summary>
    public double[] OutputEigenvalues { get; }

    /// <summary>Of A, in columns; null where only eigenvalues were asked for.</summary>
    public Tensor? InputVectors { get; }

    /// <summary>Of G, in columns; null where only eigenvalues were asked for.</summary>
    public Tensor? OutputVectors { get; }

    /// <summary>Σᵢ Wᵢⱼ² of each column: [I].</summary>
    public double[] SquaredColumns { get; private set; }

    /// <summary>For <see cref="PriorPrecision.Curvature"/>; null where no damping was given.</summary>
    public DampedCurvature? Damped { get; }

    /// <summary>Whether the block's last column is the bias.</summary>
    public bool EndsWithBias => Layer.Rule.HasBiasColumn && Layer.WithBias is not null && Start + Inputs == WeightColumns(Layer) + 1;

    /// <summary>The blocks of a layer: one, or weight and bias apart.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="sum">Its curvature.</param>
    /// <param name="scale">What that is multiplied by.</param>
    /// <param name="separatesBias">Whether weight and bias are apart.</param>
    /// <param name="withVectors">Whether eigenvectors are needed.</param>
    /// <param name="rows">N, for which the scaled curvature stands.</param>
    /// <param name="damping">λ of <see cref="PriorPrecision.Curvature"/>; null where that is not asked for.</param>
    public static IEnumerable<CurvatureBlock> Of(ModelLayer layer, FactorSum sum, double scale, bool separatesBias, bool withVectors, double rows, double? damping)
    {
        using var a = sum.InputFactor();
        using var g = sum.OutputFactor(scale);
        var columns = WeightColumns(layer);
        var isSplit = separatesBias && layer.WithBias is not null && layer.Rule.HasBiasColumn;
        var blocks = new List<CurvatureBlock> { new(layer, 0, Corner(a, 0, isSplit ? columns : (int)a.shape[0]), g, withVectors, isSplit ? null : sum, rows, damping) };
        if (isSplit)
        {
            blocks.Add(new CurvatureBlock(layer, columns, Corner(a, columns, 1), g, withVectors, null, rows, damping));
        }

        return blocks;
    }

    /// <summary>The one block of a layer whose factors are known.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="a">A: [I, I], copied.</param>
    /// <param name="g">G: [O, O].</param>
    public static CurvatureBlock Of(ModelLayer layer, Tensor a, Tensor g) => new(layer, 0, a.clone(), g, withVectors: true);

    /// <summary>[W b], or the column [γ; β] of a normalisation layer: [O, I].</summary>
    public static Tensor JointWeight(ModelLayer layer)
    {
        using var gradMode = no_grad();
        using var scope = NewDisposeScope();
        var hasColumn = layer.Rule.HasBiasColumn;
        var weight = layer.Rule.Weight.detach().reshape(hasColumn ? [layer.Rule.Weight.shape[0], -1] : [-1, 1]);
        var joint = layer.WithBias?.Bias is { } bias ? cat(new List<Tensor> { weight, bias.detach().reshape(-1, 1) }, hasColumn ? 1 : 0) : weight;
        return joint.MoveToOuterDisposeScope();
    }

    /// <summary>Weight and bias of a joint weight, as views of it in the parameters' shapes; no bias where the layer has none of its own.</summary>
    public static (Tensor Weight, Tensor? Bias) Parts(ModelLayer layer, Tensor joint)
    {
        var (weight, axis) = (layer.Rule.Weight, layer.Rule.HasBiasColumn ? 1 : 0);
        var size = layer.Rule.HasBiasColumn ? WeightColumns(layer) : weight.numel();
        return (joint.narrow(axis, 0, size).reshape(weight.shape), layer.WithBias?.Bias is { } bias ? joint.narrow(axis, size, joint.shape[axis] - size).reshape(bias.shape) : null);
    }

    public static double[] Doubles(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.to(float64).cpu().contiguous().data<double>().ToArray();
    }

    public void Dispose()
    {
        InputFactor.Dispose();
        InputVectors?.Dispose();
        OutputVectors?.Dispose();
    }

    private static int WeightColumns(ModelLayer layer) => (int)(layer.Rule.Weight.numel() / layer.Rule.Weight.shape[0]);

    private static Tensor Corner(Tensor matrix, int start, int count)
    {
        using var rows = matrix.narrow(0, start, count);
        using var both = rows.narrow(1, start, count);
        return both.clone();
    }
}
