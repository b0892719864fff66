using System.Globalization;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>What follows a benchmark's name on the command line: <c>--name value</c> pairs.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _values = [];

    /// <param name="rest">The pairs.</param>
    /// <param name="known">Names that the benchmark takes.</param>
    /// <exception cref="ArgumentException">An unknown name, or one without a value.</exception>
    public Arguments(IReadOnlyList<string> rest, params string[] known)
    {
        for (var i = 0; i < rest.Count; i += 2)
        {
            var name = rest[i].StartsWith("--", StringComparison.Ordinal) ? rest[i][2..] : null;
            if (name is null || !known.Contains(name))
            {
                throw new ArgumentException($"'{rest[i]}' is no option here. Known: {string.Join(", ", known.Select(k => "--" + k))}.");
            }

            _values[name] = i + 1 < rest.Count ? rest[i + 1] : throw new ArgumentException($"'--{name}' needs a value.");
        }
    }

    public int Number(string name, int fallback) => _values.TryGetValue(name, out var text)
        ? int.TryParse(text, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new ArgumentException($"'--{name}' must be a number above 0, but is '{text}'.")
        : fallback;

    public string? Text(string name) => _values.GetValueOrDefault(name);

    /// <summary>Whether a comma-separated list is missing or has a word that <paramref name="label"/> contains.</summary>
    public bool Admits(string name, string label) =>
        Text(name) is not { } list || list.Split(',').Any(word => label.Contains(word, StringComparison.OrdinalIgnoreCase));
}
