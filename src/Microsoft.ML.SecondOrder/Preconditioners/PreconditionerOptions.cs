using Microsoft.ML.SecondOrder.Curvature;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// The settings of one second-order method. Immutable; a method is a folder with a record that derives from this one and
/// the preconditioner that it creates.
/// </summary>
public abstract record PreconditionerOptions
{
    private protected PreconditionerOptions()
    {
    }

    /// <summary>How layers that act at several positions of a row are treated. Default <see cref="WeightSharing.Expand"/>.</summary>
    public WeightSharing Sharing { get; init; } = WeightSharing.Expand;

    /// <summary>Creates the preconditioner of one layer.</summary>
    internal abstract LayerPreconditioner Create(LayerShape shape);

    /// <summary>What is wrong with these settings, one full sentence each.</summary>
    internal abstract IEnumerable<string> Problems();

    /// <summary>These settings, if nothing is wrong with them.</summary>
    /// <exception cref="ArgumentException">With all problems at once.</exception>
    internal PreconditionerOptions Validated()
    {
        var problems = Problems().ToList();
        return problems.Count == 0
            ? this
            : throw new ArgumentException($"{GetType().Name}: {string.Join(" ", problems)}");
    }
}
