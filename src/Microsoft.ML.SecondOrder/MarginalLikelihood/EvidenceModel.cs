using System.Collections.Immutable;
using Microsoft.ML.SecondOrder.Matrices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>The evidence as a function of its hyper-parameters, for given weights and curvature. Borrows the blocks.</summary>
internal sealed class EvidenceModel(IReadOnlyList<CurvatureBlock> blocks, DataFit fit, PriorLayout layout)
{
    public PriorLayout Layout => layout;

    public DataFit Fit => fit;

    /// <summary>The eigenvalues s of D^−½ A D^−½ and, where the columns' precisions differ, its eigenvectors, in a caller's scope.</summary>
    /// <returns>[I], and [I, I] or null for those of A.</returns>
    public static (double[] Values, Tensor? Vectors) Rescaled(CurvatureBlock block, ReadOnlySpan<int> columns, ReadOnlySpan<double> precisions, double? uniform)
    {
        if (uniform is { } precision)
        {
            return ([.. block.InputEigenvalues.Select(v => v / precision)], null);
        }

        using var scope = NewDisposeScope();
        var roots = Roots(block, columns, precisions);
        var rescaled = block.InputFactor.mul(roots.unsqueeze(0)).mul(roots.unsqueeze(1));
        var (values, vectors) = Factorizations.Eigen(rescaled, 0, $"factor A of layer '{block.Layer.Name}' in the scale of its prior");
        return (CurvatureBlock.Doubles(values), vectors.MoveToOuterDisposeScope());
    }

    /// <summary>1/√δ of each column: [I].</summary>
    public static Tensor Roots(CurvatureBlock block, ReadOnlySpan<int> columns, ReadOnlySpan<double> precisions)
    {
        var roots = new double[block.Inputs];
        for (var j = 0; j < roots.Length; j++)
        {
            roots[j] = 1 / Math.Sqrt(precisions[columns[j]]);
        }

        return tensor(roots, device: block.InputFactor.device);
    }

    /// <summary>All terms at some hyper-parameters.</summary>
    /// <param name="precisions">δ of each group, or γ.</param>
    /// <param name="noise">σ.</param>
    public Evidence At(ReadOnlySpan<double> precisions, double noise)
    {
        using var gradMode = no_grad();
        var h = fit.Precision(noise);
        var (effective, scatter) = (new double[precisions.Length], new double[precisions.Length]);
        var (ratio, logPrior) = (0.0, 0.0);
        for (var b = 0; b < blocks.Count; b++)
        {
            if (IsCurved)
            {
                var damped = blocks[b].Damped!;
                ratio += Curved(damped, precisions[0], h, effective, scatter);
                logPrior += damped.LogDeterminant + (double)blocks[b].Inputs * blocks[b].Outputs * Math.Log(h);
            }
            else
            {
                ratio += Block(b, precisions, h, effective, scatter);
            }
        }

        var groups = ImmutableArray.CreateBuilder<PrecisionGroup>(precisions.Length);
        for (var g = 0; g < precisions.Length; g++)
        {
            logPrior += layout.Parameters[g] * Math.Log(precisions[g]);
            groups.Add(new PrecisionGroup(layout.Names[g], layout.Parameters[g], precisions[g], effective[g], scatter[g]));
        }

        var (logLikelihood, drawn) = (fit.LogLikelihood(noise), IsCurved ? scatter.Sum() : effective.Sum());
        return new Evidence
        {
            LogMarginalLikelihood = logLikelihood - 0.5 * (ratio + scatter.Sum()),
            LogLikelihood = logLikelihood,
            LogDeterminantPosterior = ratio + logPrior,
            LogDeterminantPrior = logPrior,
            Scatter = scatter.Sum(),
            LogNoiseGradient = fit.NoiseGradient(noise, drawn),
            DrawnByNoise = drawn,
            HyperParameters = new HyperParameters(layout.Prior, [.. precisions], noise),
            Groups = groups.MoveToImmutable(),
        };
    }

    /// <summary>The posterior of a block at some hyper-parameters.</summary>
    public PosteriorBlock Posterior(int index, ReadOnlySpan<double> precisions, double noise) => IsCurved
        ? PosteriorBlock.Curved(blocks[index], precisions[0], fit.Precision(noise))
        : PosteriorBlock.Of(blocks[index], layout.Columns[index], precisions, layout.Uniform(index, precisions), fit.Precision(noise));

    private bool IsCurved => layout.Prior == PriorPrecision.Curvature;

    private static double Curved(DampedCurvature damped, double rate, double h, double[] effective, double[] scatter)
    {
        var own = new double[damped.Inputs.Length];
        var ratio = EvidenceMath.LogDeterminant(damped.Outputs, damped.Inputs, 1 / rate, own);
        effective[0] += own.Sum();
        scatter[0] += h * rate * damped.Square;
        return ratio;
    }

    /// <summary>Adds a block's effective parameters and scatter to those of the groups, and returns the ratio of its determinants.</summary>
    private double Block(int index, ReadOnlySpan<double> precisions, double h, double[] effective, double[] scatter)
    {
        var (block, columns) = (blocks[index], layout.Columns[index]);
        var (values, vectors) = Rescaled(block, columns, precisions, layout.Uniform(index, precisions));
        var own = new double[block.Inputs];
        var ratio = EvidenceMath.LogDeterminant(block.OutputEigenvalues, values, h, own);
        if (vectors is not null)
        {
            using var scope = vectors;
            var along = own;
            own = new double[block.Inputs];
            EvidenceMath.ShareOut(CurvatureBlock.Doubles(vectors), along, own);
        }

        for (var j = 0; j < own.Length; j++)
        {
            effective[columns[j]] += own[j];
            scatter[columns[j]] += precisions[columns[j]] * block.SquaredColumns[j];
        }

        return ratio;
    }
}
