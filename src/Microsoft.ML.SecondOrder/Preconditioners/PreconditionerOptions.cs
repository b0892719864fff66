using System.Globalization;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// The settings of one method. Immutable; a method is a folder with a record that derives from
/// <see cref="LayerPreconditionerOptions"/> or <see cref="ParameterPreconditionerOptions"/> and the preconditioner that it creates.
/// </summary>
public abstract record PreconditionerOptions
{
    private protected PreconditionerOptions()
    {
    }

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

    /// <summary>The sentences among what the checks below gave.</summary>
    private protected static IEnumerable<string> Sentences(params string?[] checks) => checks.OfType<string>();

    /// <summary>A sentence unless a value lies in [0, 1).</summary>
    private protected static string? BelowOne(string name, double value) =>
        value >= 0 && value < 1 ? null : string.Create(CultureInfo.InvariantCulture, $"{name} must lie in [0, 1), but is {value}.");

    /// <summary>A sentence unless a value is positive and finite.</summary>
    private protected static string? AboveZero(string name, double value) =>
        value > 0 && double.IsFinite(value) ? null : string.Create(CultureInfo.InvariantCulture, $"{name} must be above 0 and finite, but is {value}.");

    /// <summary>A sentence unless a value is finite and not negative.</summary>
    private protected static string? AtLeastZero(string name, double value) =>
        value >= 0 && double.IsFinite(value) ? null : string.Create(CultureInfo.InvariantCulture, $"{name} must be at least 0 and finite, but is {value}.");

    /// <summary>A sentence unless a number is at least 1, or null, which has a meaning of its own.</summary>
    private protected static string? AtLeastOne(string name, long? value) =>
        value is null or >= 1 ? null : string.Create(CultureInfo.InvariantCulture, $"{name} must be at least 1, but is {value}.");
}
