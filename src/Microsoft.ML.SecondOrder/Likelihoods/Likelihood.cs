using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Likelihoods;

/// <summary>
/// What the outputs of a network mean: the distribution p(y | f) of a target given the outputs f of one row.
/// </summary>
public abstract class Likelihood
{
    private protected Likelihood()
    {
    }

    /// <summary>The mean over the rows of the negative log-likelihood, up to a constant.</summary>
    /// <param name="outputs">f, the network's outputs: [B, O].</param>
    /// <param name="targets">One target a row; see the likelihood for shape and type.</param>
    /// <param name="weights">Example weights [B], at least 0, with a positive sum; null counts every row once.</param>
    /// <returns>A scalar: Σ w·c / Σ w, with c the loss of a row.</returns>
    /// <exception cref="ArgumentException">Outputs or targets do not have the shapes and types that the likelihood needs.</exception>
    public Tensor Loss(Tensor outputs, Tensor targets, Tensor? weights = null)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(targets);
        RequireShapes(outputs, targets);
        using var losses = RowLosses(outputs, targets); // [B]
        if (weights is null)
        {
            return losses.mean();
        }

        using var weighted = losses.mul(weights);
        using var sum = weighted.sum();
        using var total = weights.sum();
        return sum.div(total);
    }

    /// <summary>Refuses what libtorch would stretch to a shape that nobody meant.</summary>
    /// <exception cref="ArgumentException">Outputs or targets do not have the shapes and types that the likelihood needs.</exception>
    private void RequireShapes(Tensor outputs, Tensor targets)
    {
        var (f, y) = (outputs.shape, targets.shape);
        var suits = f.Length == 2 && (HasClassTargets ? y.Length == 1 && y[0] == f[0] && targets.dtype == int64 : y.AsSpan().SequenceEqual(f) && targets.is_floating_point());
        if (!suits)
        {
            var wanted = f.Length != 2 ? "outputs of shape [rows, outputs]"
                : HasClassTargets ? $"targets of type Int64 and shape [{f[0]}], the class of each row from 0"
                : $"targets of a floating type and shape [{string.Join(", ", f)}]{(y.Length == 1 && f[1] == 1 ? ": add an axis with unsqueeze(1)" : "")}";
            throw new ArgumentException(
                $"{GetType().Name} needs {wanted}. The outputs have the shape [{string.Join(", ", f)}], the targets are {targets.dtype} of shape [{string.Join(", ", y)}].", nameof(targets));
        }
    }

    /// <summary>Refuses numbers that stand for no class; waits for the device.</summary>
    /// <exception cref="ArgumentException">A target is below 0, or not below the number of outputs.</exception>
    internal void RequireClasses(Tensor outputs, Tensor targets)
    {
        if (!HasClassTargets || targets.dtype != int64 || targets.numel() == 0)
        {
            return;
        }

        using var scope = NewDisposeScope();
        var (least, most) = (targets.min().item<long>(), targets.max().item<long>());
        if (least < 0 || most >= outputs.shape[^1])
        {
            throw new ArgumentException(
                $"Targets must be classes from 0 to {outputs.shape[^1] - 1}, one for each of the {outputs.shape[^1]} outputs, but one is {(least < 0 ? least : most)}.", nameof(targets));
        }
    }

    /// <summary>Whether a target is the number of a class; otherwise there is one number for each output.</summary>
    private protected virtual bool HasClassTargets => false;

    /// <summary>
    /// For each row the gradient of its loss with respect to the outputs, for a target drawn from the model's own distribution:
    /// vectors with mean 0 whose outer products have the Hessian of the row's loss as their mean.
    /// </summary>
    /// <param name="outputs">f: [B, O].</param>
    /// <param name="generator">Of the processor, whatever the outputs' device, so that a seed gives the same draws everywhere.</param>
    /// <param name="targets">The actual targets; only likelihoods whose Hessian depends on them need them.</param>
    /// <returns>[B, O], without gradient tracking.</returns>
    public abstract Tensor SampleGradient(Tensor outputs, Generator generator, Tensor? targets = null);

    /// <summary>
    /// The columns s of a root of each row's Hessian with respect to the outputs, Σ s sᵀ = H, one after the other.
    /// </summary>
    /// <param name="outputs">f: [B, O].</param>
    /// <param name="targets">The actual targets; only likelihoods whose Hessian depends on them need them.</param>
    /// <returns>O tensors [B, O], without gradient tracking; the caller owns each.</returns>
    public abstract IEnumerable<Tensor> HessianRoots(Tensor outputs, Tensor? targets = null);

    /// <summary>
    /// ρ, what ties the root R of each row's Hessian, with the columns of <see cref="HessianRoots"/>, to single outputs: the row's gradient is R u
    /// with u = g/ρ, and Rᵀ x = t is solved by x = t/ρ, up to what no likelihood sees. Never 0.
    /// </summary>
    /// <param name="outputs">f: [B, O].</param>
    /// <param name="targets">As in <see cref="HessianRoots"/>.</param>
    /// <returns>[B, O], without gradient tracking; the caller owns it.</returns>
    internal abstract Tensor RootScale(Tensor outputs, Tensor targets);

    /// <summary>Least ρ of a class: outputs of rows that are so sure of another one do not move.</summary>
    private protected const double LeastRootScale = 1e-6;

    /// <summary>Whether the loss is that of noise of unknown size σ: −log p(y | f) = h·c + log Z(h) with the precision h = 1/σ².</summary>
    internal virtual bool HasNoise => false;

    /// <summary>log Z(h) = log ∫ exp(−h·c(r)) dr of one output; 0 where the noise has no size.</summary>
    /// <param name="precision">h, &gt; 0.</param>
    internal virtual double LogNormalizer(double precision) => 0;

    /// <summary>−d log Z / d h: the mean loss of one output for targets of that precision.</summary>
    /// <param name="precision">h, &gt; 0.</param>
    internal virtual double ExpectedLoss(double precision) => 0;

    /// <summary>Σ w·c over the rows and Σ w·C, the numbers predicted; a target that is absurdly far off counts as one that is just far.</summary>
    internal virtual (double Loss, double Targets) BoundedLoss(Tensor outputs, Tensor targets, Tensor? weights)
    {
        using var gradMode = no_grad();
        using var scope = NewDisposeScope();
        var losses = RowLosses(outputs, targets).to(float64);
        var (sum, count) = weights is null
            ? (losses.sum().ToDouble(), outputs.shape[0])
            : (losses.mul(weights.to(float64)).sum().ToDouble(), weights.to(float64).sum().ToDouble());
        return (sum, count * outputs.shape[1]);
    }

    /// <summary>Σ w H over the rows: [O, O], in double.</summary>
    /// <param name="outputs">f: [B, O].</param>
    /// <param name="targets">As in <see cref="HessianRoots"/>.</param>
    /// <param name="weights">[B], or null.</param>
    internal virtual Tensor HessianSum(Tensor outputs, Tensor? targets = null, Tensor? weights = null)
    {
        using var gradMode = no_grad();
        using var scope = NewDisposeScope();
        var sum = zeros(new[] { outputs.shape[1], outputs.shape[1] }, float64, outputs.device);
        foreach (var root in HessianRoots(outputs, targets))
        {
            using var inner = NewDisposeScope(); // one root at a time
            var rows = root.to(float64);
            sum.AddInPlace(rows.t().mm(weights is null ? rows : rows.mul(weights.to(float64).unsqueeze(1))));
            root.Dispose();
        }

        return sum.MoveToOuterDisposeScope();
    }

    /// <summary>The loss of each row: [B].</summary>
    private protected abstract Tensor RowLosses(Tensor outputs, Tensor targets);

    /// <summary>Standard normal numbers of the outputs' shape, type and device.</summary>
    private protected static Tensor Noise(Tensor outputs, Generator generator)
    {
        using var onCpu = randn(outputs.shape, float64, CPU, generator: generator);
        return onCpu.to(outputs.dtype, outputs.device);
    }

    /// <summary>Numbers from [0, 1), one a row: [B, 1].</summary>
    private protected static Tensor Uniform(Tensor outputs, Generator generator)
    {
        using var onCpu = rand(new[] { outputs.shape[0], 1 }, float64, CPU, generator: generator);
        return onCpu.to(outputs.device);
    }

    /// <summary>1 in one column and 0 elsewhere: [B, O].</summary>
    internal static Tensor UnitColumn(Tensor outputs, long column)
    {
        using var gradMode = no_grad();
        var unit = zeros_like(outputs);
        using var one = unit.select(1, column);
        one.FillWithOnes();
        return unit;
    }
}
